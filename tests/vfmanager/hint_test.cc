#include "vfmanager/hint.h"

#include <doctest/doctest.h>

#include "base/errno_text.h"

namespace railhook {
namespace {

std::string HintOn(StepKind kind, int error) {
  return HintFor(kind, "writing 7 to /sys/x: " + ErrnoText(error));
}

TEST_CASE("what the kernel says is explained") {
  for (const int error : {EIO, ENOSPC, ENOMEM, ERANGE, EBUSY, EROFS, ENOENT, EPERM, ETIMEDOUT})
    CHECK_FALSE(HintOn(StepKind::kCreateVfs, error).empty());
  CHECK(HintOn(StepKind::kCreateVfs, ENOMEM).find("pci=realloc") != std::string::npos);
  CHECK(HintOn(StepKind::kCreateVfs, ENOSPC).find("MSI-X") != std::string::npos);
  CHECK(HintOn(StepKind::kBindVf, EINVAL).find("intel_iommu=on") != std::string::npos);
  CHECK(HintOn(StepKind::kBindVf, ENOENT).find("modprobe vfio-pci") != std::string::npos);
  CHECK(HintOn(StepKind::kSetRdmaMode, ENOENT).find("/etc/modprobe.d") != std::string::npos);
  CHECK(HintOn(StepKind::kSetRdmaMode, EROFS).find("sysfs") == std::string::npos);
  CHECK(HintOn(StepKind::kCreateVfs, EACCES).find("AppArmor") != std::string::npos);
  CHECK(HintOn(StepKind::kBindVf, EIO) == HintOn(StepKind::kCreateVfs, EIO));
}

TEST_CASE("what isn't known has no hint") {
  CHECK(HintOn(StepKind::kCreateVfs, EXDEV).empty());
  CHECK(HintFor(StepKind::kCheckVf, "VF 3 has no network device").empty());
  CHECK(HintFor(StepKind::kCheckVf, "").empty());
}

}  // namespace
}  // namespace railhook

#include "base/errno_text.h"

#include <doctest/doctest.h>

#include <cerrno>

namespace railhook {
namespace {

TEST_CASE("an errno is told by its name and its meaning") {
  CHECK(ErrnoText(EBUSY) == "EBUSY (Device or resource busy)");
  CHECK(ErrnoText(99999) == "error 99999");
}

TEST_CASE("an error of the kernel tells what can be done about it") {
  CHECK(ErrnoCode(EBUSY) == ErrorCode::kConflict);
  CHECK(ErrnoCode(ENODEV) == ErrorCode::kNotFound);
  CHECK(ErrnoCode(ERANGE) == ErrorCode::kInvalid);
  CHECK(ErrnoCode(ENOMEM) == ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace railhook

#include "vfmanager/ownership.h"

#include <system_error>

#include "base/errno_text.h"
#include "base/files.h"
#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".json";

fs::path Folder(const HostPaths& paths) { return paths.state / "pfs"; }

fs::path FileOf(const HostPaths& paths, const std::string& address) {
  return Folder(paths) / (address + std::string(kEnding));
}

tl::unexpected<Error> Trouble(const fs::path& path, std::string_view what,
                              const std::error_code& error) {
  return Fail(ErrorCode::kUnavailable,
              path.string() + ' ' + std::string(what) + ": " + ErrnoText(error.value()));
}

Result<OwnedPf> Parse(std::string_view text) {
  const Json file = TRY(ParseJson(text));
  const auto num_vfs = IntegerMember(&file, "numVfs");
  if (!num_vfs) return Fail(ErrorCode::kInvalid, "it has no numVfs");
  OwnedPf pf;
  pf.num_vfs = static_cast<int>(*num_vfs);
  if (const auto mtu = IntegerMember(&file, "formerMtu")) pf.former_mtu = static_cast<int>(*mtu);
  pf.former_vfs = static_cast<int>(IntegerMember(&file, "formerVfs").value_or(0));
  pf.boot = TextMember(&file, "boot");
  return pf;
}

Result<OwnedPf> ReadOne(const fs::path& file) {
  auto pf = Parse(TRY(ReadFile(file)));
  if (pf) return pf;
  return Fail(
      file.string() +
          " says which VFs are ours, and can't be read; if none of this PF's are, remove it",
      pf.error());
}

}  // namespace

OwnedPf StillOwned(OwnedPf record, const std::string& boot, int num_vfs) {
  if (!record.boot.empty() && !boot.empty() && record.boot != boot) return {};
  const bool there = num_vfs == 0 || num_vfs == record.num_vfs || num_vfs == record.former_vfs;
  if (!there) record.num_vfs = record.former_vfs = 0;
  return record;
}

Result<OwnedPfs> ReadOwned(const HostPaths& paths) {
  OwnedPfs owned;
  std::error_code error;
  fs::directory_iterator files(Folder(paths), error);
  if (error == std::errc::no_such_file_or_directory) return owned;
  for (; !error && files != fs::directory_iterator(); files.increment(error)) {
    const fs::path& file = files->path();
    if (file.extension() == kEnding) owned.emplace(file.stem().string(), ReadOne(file));
  }
  if (error) return Trouble(Folder(paths), "can't be read", error);
  return owned;
}

Result<> WriteOwned(const HostPaths& paths, const std::string& address, const OwnedPf& pf) {
  std::error_code error;
  fs::create_directories(Folder(paths), error);
  if (error) return Trouble(Folder(paths), "can't be made", error);
  OrderedJson file = {{"numVfs", pf.num_vfs}};
  if (pf.former_mtu) file["formerMtu"] = *pf.former_mtu;
  if (pf.former_vfs > 0) file["formerVfs"] = pf.former_vfs;
  if (!pf.boot.empty()) file["boot"] = pf.boot;
  return ReplaceFile(FileOf(paths, address), Compact(file) + '\n', 0644);
}

Result<> RemoveOwned(const HostPaths& paths, const std::string& address) {
  std::error_code error;
  fs::remove(FileOf(paths, address), error);
  if (error) return Trouble(FileOf(paths, address), "can't be removed", error);
  return {};
}

}  // namespace railhook

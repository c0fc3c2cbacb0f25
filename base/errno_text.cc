#include "base/errno_text.h"

#include <cerrno>
#include <cstring>

namespace railhook {

std::string ErrnoText(int number) {
  const char* name = ::strerrorname_np(number);
  if (name == nullptr) return "error " + std::to_string(number);
  return std::string(name) + " (" + ::strerrordesc_np(number) + ")";
}

ErrorCode ErrnoCode(int number) {
  switch (number) {
    case EBUSY:
      return ErrorCode::kConflict;
    case ENOENT:
    case ENODEV:
    case EPROTONOSUPPORT:
      return ErrorCode::kNotFound;
    case EINVAL:
    case ERANGE:
    case EOPNOTSUPP:
      return ErrorCode::kInvalid;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace railhook

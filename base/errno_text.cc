#include "base/errno_text.h"

#include <cstring>

namespace railhook {

std::string ErrnoText(int number) {
  const char* name = ::strerrorname_np(number);
  if (name == nullptr) return "error " + std::to_string(number);
  return std::string(name) + " (" + ::strerrordesc_np(number) + ")";
}

}  // namespace railhook

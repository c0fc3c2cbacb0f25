#include "base/errno_text.h"

#include <cstring>

namespace railhook {

std::string ErrnoText(int error) {
  const char* name = ::strerrorname_np(error);
  const char* text = ::strerrordesc_np(error);
  if (name == nullptr || text == nullptr) return "errno " + std::to_string(error);
  return std::string(name) + " (" + text + ')';
}

}  // namespace railhook

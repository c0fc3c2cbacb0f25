#include "base/environment.h"

#include <cstdlib>

namespace railhook {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace railhook

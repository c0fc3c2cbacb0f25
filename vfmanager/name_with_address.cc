#include "vfmanager/name_with_address.h"

namespace railhook {

std::string NameWithAddress(const std::string& name, const std::string& address) {
  return name.empty() ? address : name + " (" + address + ')';
}

}  // namespace railhook

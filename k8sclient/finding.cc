#include "k8sclient/finding.h"

#include <algorithm>

namespace railhook {

std::string FieldAt(std::string_view pointer) {
  std::string field(pointer.substr(1));
  std::replace(field.begin(), field.end(), '/', '.');
  return field;
}

}  // namespace railhook

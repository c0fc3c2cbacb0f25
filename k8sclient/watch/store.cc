#include "k8sclient/watch/store.h"

#include "base/json.h"
#include "k8sclient/object.h"

namespace railhook {

std::string KeyOf(const Json& object) {
  const Json* metadata = Member(&object, "metadata");
  return TextMember(metadata, "namespace") + '/' + TextMember(metadata, "name");
}

}  // namespace railhook

#include "tests/fakes/fake_validation.h"

#include "k8sclient/object.h"

namespace railhook {
namespace {

std::string WhyInvalidLease(const Json& lease) {
  const Json* duration = Member(Member(&lease, "spec"), "leaseDurationSeconds");
  const bool bad = duration != nullptr && *duration <= 0;
  return bad ? "spec.leaseDurationSeconds: Invalid value: must be greater than 0" : "";
}

std::string WhyInvalidSecret(const Json& old, const Json& secret) {
  const std::string type = TextMember(&secret, "type");
  if (!old.is_null() && type != TextMember(&old, "type"))
    return "type: Invalid value: \"" + type + "\": field is immutable";
  if (type != "kubernetes.io/tls") return "";
  for (const std::string key : {"tls.crt", "tls.key"}) {
    const Json* data = Member(&secret, "data");
    if (data == nullptr || !data->contains(key)) return "data[" + key + "]: Required value";
  }
  return "";
}

std::string WhyInvalidEvent(const Json& event) {
  const std::string own = TextMember(Member(&event, "metadata"), "namespace");
  const std::string about = TextMember(Member(&event, "involvedObject"), "namespace");
  const bool matches = own == about || (about.empty() && own == "default");
  return matches ? "" : "involvedObject.namespace: does not match event.namespace";
}

}  // namespace

std::string WhyInvalid(const std::string& resource, const Json& old, const Json& object) {
  if (resource.ends_with("/leases")) return WhyInvalidLease(object);
  if (resource.ends_with("/secrets")) return WhyInvalidSecret(old, object);
  if (resource.ends_with("/events")) return WhyInvalidEvent(object);
  return "";
}

}  // namespace railhook

#include "certs/secret_rotation.h"

#include <openssl/x509.h>

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "certs/authority.h"
#include "k8sclient/object.h"
#include "tls/base64.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

std::string Read(const Json& secret, const std::string& key) {
  return DecodeBase64(TextMember(Member(&secret, "data"), key)).value_or("");
}

void Write(Json& secret, const std::string& key, const std::string& text) {
  secret["data"][key] = EncodeBase64(text);
}

Result<Authority> ReadAuthority(const Json& secret, const std::string& key) {
  return Authority::Load(Read(secret, "ca.crt"), Read(secret, key));
}

bool Same(const X509& a, const X509& b) { return X509_cmp(&a, &b) == 0; }

bool IsOld(const X509& ca, const X509& current, const X509* next) {
  return IsRailhookCa(ca) && !Same(ca, current) && !(next && Same(ca, *next));
}

// ca.crt with the current CA alone of railhook's.
Result<std::string> WithoutOthers(const Json& secret, const X509& current) {
  std::string kept;
  for (const auto& ca : TRY(ParseCertificates(Read(secret, "ca.crt")))) {
    if (!IsOld(*ca, current, nullptr)) kept += TRY(PemOf(*ca));
  }
  return kept;
}

Result<bool> HasOld(const Json& secret, const X509& current, const X509* next) {
  for (const auto& ca : TRY(ParseCertificates(Read(secret, "ca.crt")))) {
    if (IsOld(*ca, current, next)) return true;
  }
  return false;
}

Result<SecretFacts::Authorities> ReadAuthorities(const Json& secret, const Authority& current) {
  const auto next = ReadAuthority(secret, "next-ca.key");
  SecretFacts::Authorities found;
  found.current = TRY(TermOf(current.certificate()));
  if (next) found.next = TRY(TermOf(next->certificate()));
  found.old = TRY(HasOld(secret, current.certificate(), next ? &next->certificate() : nullptr));
  return found;
}

Result<Json> SignedBy(const Authority& authority, Json secret, const ServerNames& names,
                      const Lifetimes& lifetimes, std::time_t now) {
  const Certificate leaf = TRY(authority.Sign(names, now, lifetimes.leaf));
  Write(secret, "tls.crt", leaf.chain_pem);
  Write(secret, "tls.key", leaf.key_pem);
  return secret;
}

// A next one that was never used gives way.
Result<Json> WithNextCa(Json secret, const Lifetimes& lifetimes, std::time_t now) {
  const Authority current = TRY(ReadAuthority(secret, "ca.key"));
  const Authority next = TRY(Authority::Make(now, lifetimes.ca));
  Write(secret, "ca.crt", TRY(WithoutOthers(secret, current.certificate())) + TRY(next.Pem()));
  Write(secret, "next-ca.key", TRY(next.KeyPem()));
  return secret;
}

Result<Json> ByNextCa(Json secret, const ServerNames& names, const Lifetimes& lifetimes,
                      std::time_t now) {
  const Authority next = TRY(ReadAuthority(secret, "next-ca.key"));
  secret = TRY(SignedBy(next, std::move(secret), names, lifetimes, now));
  secret["data"]["ca.key"] = secret["data"]["next-ca.key"];
  secret["data"].erase("next-ca.key");
  return secret;
}

Result<Json> WithoutOldCas(Json secret) {
  const Authority current = TRY(ReadAuthority(secret, "ca.key"));
  Write(secret, "ca.crt", TRY(WithoutOthers(secret, current.certificate())));
  return secret;
}

}  // namespace

Result<SecretFacts> ReadSecretFacts(const Json& secret) {
  const auto chain = TRY(ParseCertificates(Read(secret, "tls.crt")));
  SecretFacts facts;
  facts.leaf = TRY(TermOf(*chain.front()));
  const auto authority = ReadAuthority(secret, "ca.key");
  if (authority && authority->HasSigned(*chain.front()))
    facts.own = TRY(ReadAuthorities(secret, *authority));
  return facts;
}

Result<Json> WithNewLeaf(Json secret, const ServerNames& names, const Lifetimes& lifetimes,
                         std::time_t now) {
  const Authority authority = TRY(ReadAuthority(secret, "ca.key"));
  return SignedBy(authority, std::move(secret), names, lifetimes, now);
}

Result<Json> AfterStep(RotationStep step, Json secret, const ServerNames& names,
                       const Lifetimes& lifetimes, std::time_t now) {
  switch (step) {
    case RotationStep::kNone:
      return secret;
    case RotationStep::kMakeNextCa:
      return WithNextCa(std::move(secret), lifetimes, now);
    case RotationStep::kUseNextCa:
      return ByNextCa(std::move(secret), names, lifetimes, now);
    case RotationStep::kDropOldCas:
      return WithoutOldCas(std::move(secret));
    case RotationStep::kRenewLeaf:
      return WithNewLeaf(std::move(secret), names, lifetimes, now);
  }
  return secret;
}

}  // namespace railhook

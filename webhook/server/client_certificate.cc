#include "webhook/server/client_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "tls/openssl.h"

namespace railhook {
namespace {

constexpr long kMostChainBytes = 16
                                 << 10;  // OpenSSL holds so much of a client that isn't known yet
constexpr std::size_t kMostLogged = 200;

using PolicyPointer = std::shared_ptr<const TlsPolicy>;

void FreePolicy(void*, void* policy, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<PolicyPointer*>(policy);
}

void FreeFault(void*, void* fault, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<std::string*>(fault);
}

// Where a context keeps its policy, and a handshake what was wrong with the client's names.
int PolicySlot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, FreePolicy);
  return slot;
}

int FaultSlot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeFault);
  return slot;
}

std::string TextOf(const ASN1_STRING* text) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  return {bytes, static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// The common names, then the DNS names.
std::vector<std::string> NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const auto* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    names.push_back(TextOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  const NamesHandle others(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(others.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(others.get(), i);
    if (name->type == GEN_DNS) names.push_back(TextOf(name->d.dNSName));
  }
  return names;
}

bool Accepts(const TlsPolicy& policy, const std::vector<std::string>& names) {
  const auto& wanted = policy.client_names;
  return wanted.empty() || std::find_first_of(names.begin(), names.end(), wanted.begin(),
                                              wanted.end()) != names.end();
}

// OpenSSL's own verification, then the names.
int Verify(X509_STORE_CTX* chain, void*) {
  if (X509_verify_cert(chain) <= 0) return 0;
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto& policy =
      **static_cast<PolicyPointer*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), PolicySlot()));
  const auto names = NamesOf(X509_STORE_CTX_get0_cert(chain));
  if (Accepts(policy, names)) return 1;
  auto fault = "its certificate is for " + Quoted(OneLine(Join(names, ","), kMostLogged)) +
               ", which is not allowed";
  SSL_set_ex_data(ssl, FaultSlot(), new std::string(std::move(fault)));
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

}  // namespace

Result<> DemandClientCertificate(SSL_CTX* context, PolicyPointer policy) {
  if (policy->client_ca_pem.empty()) return {};
  const auto authorities = TRY(ParseCertificates(policy->client_ca_pem));
  X509_STORE* trusted = SSL_CTX_get_cert_store(context);
  for (const auto& authority : authorities) {
    if (X509_STORE_add_cert(trusted, authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return Fail(ErrorCode::kInvalid, OpenSslError("OpenSSL can't use the clients' CA"));
    }
  }
  X509_STORE_set_flags(trusted, X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_max_cert_list(context, kMostChainBytes);
  SSL_CTX_set_ex_data(context, PolicySlot(), new PolicyPointer(std::move(policy)));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, Verify, nullptr);
  return {};
}

std::string ClientCertificateFault(const SSL* ssl) {
  if (const auto* fault = static_cast<std::string*>(SSL_get_ex_data(ssl, FaultSlot())))
    return *fault;
  if (const long reason = SSL_get_verify_result(ssl); reason != X509_V_OK) {
    return std::string("its certificate can't be trusted: ") +
           X509_verify_cert_error_string(reason);
  }
  const bool none = ERR_GET_REASON(ERR_peek_error()) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
  return none ? "it shows no certificate" : "";
}

}  // namespace railhook

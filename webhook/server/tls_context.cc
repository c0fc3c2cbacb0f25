#include "webhook/server/tls_context.h"

#include <openssl/ssl.h>

#include <utility>

#include "tls/openssl.h"
#include "webhook/server/client_certificate.h"

namespace railhook {
namespace {

int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                   const unsigned char* offered, unsigned offered_length, void*) {
  static const unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  const int outcome = SSL_select_next_proto(const_cast<unsigned char**>(chosen), chosen_length,
                                            ours, sizeof ours, offered, offered_length);
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void Configure(SSL_CTX* context, TlsVersion min) {
  SSL_CTX_set_min_proto_version(context,
                                min == TlsVersion::kTls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
}

Result<> UseCertificate(SSL_CTX* context, const Certificate& certificate) {
  const auto chain = TRY(ParseCertificates(certificate.chain_pem));
  const auto key = TRY(ParsePrivateKey(certificate.key_pem));
  bool good = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    good = good && SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1;
  }
  if (!good) return Fail(ErrorCode::kInvalid, OpenSslError("OpenSSL can't serve it"));
  return {};
}

Result<TlsContext> MakeContext(const std::shared_ptr<const TlsPolicy>& policy) {
  TlsContext context(SSL_CTX_new(TLS_server_method()));
  if (!context) return Fail(ErrorCode::kUnavailable, OpenSslError("OpenSSL has no context"));
  Configure(context.get(), policy->min);
  TRY(DemandClientCertificate(context.get(), policy));
  return context;
}

}  // namespace

void FreeTlsContext::operator()(SSL_CTX* context) const { SSL_CTX_free(context); }

Result<> Check(const TlsPolicy& policy) {
  const auto context = TRY(MakeContext(std::make_shared<const TlsPolicy>(policy)));
  return {};
}

Result<TlsContext> MakeTlsContext(const Certificate& certificate,
                                  const std::shared_ptr<const TlsPolicy>& policy) {
  auto context = TRY(MakeContext(policy));
  TRY(UseCertificate(context.get(), certificate));
  return context;
}

TlsContextCache::TlsContextCache(CertificateSource& certificates, TlsPolicySource policies)
    : certificates_(certificates), policies_(std::move(policies)) {
  if (!policies_) policy_ = std::make_shared<const TlsPolicy>();
}

Result<SSL_CTX*> TlsContextCache::Current() {
  auto certificate = TRY(certificates_.Current());
  auto policy = policies_ ? policies_() : policy_;
  if (certificate != certificate_ || policy != policy_ || !context_) {
    context_ = nullptr;  // better none than one that isn't wanted any more
    context_ = TRY(MakeTlsContext(*certificate, policy));
    certificate_ = std::move(certificate);
    policy_ = std::move(policy);
  }
  return context_.get();
}

}  // namespace railhook

#include "k8sclient/client_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <utility>

#include "base/text.h"
#include "k8sclient/url.h"

namespace railhook {
namespace {

std::string PrintName(const GENERAL_NAME* name) {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  GENERAL_NAME_print(bio.get(), const_cast<GENERAL_NAME*>(name));
  return TextIn(*bio);
}

// "DNS:kubernetes, IP Address:10.96.0.1".
std::string NamesOf(const X509* certificate) {
  const NamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> texts;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    texts.push_back(PrintName(sk_GENERAL_NAME_value(names.get(), i)));
  }
  return texts.empty() ? "nobody: it has no subjectAltName" : OneLine(Join(texts, ", "), 300);
}

Result<> Expect(bool done, std::string_view otherwise) {
  if (done) return {};
  return Fail(ErrorCode::kInvalid, OpenSslError(otherwise));
}

}  // namespace

Result<StoreHandle> MakeTrust(std::string_view ca_pem) {
  StoreHandle store(X509_STORE_new());
  TRY(Expect(store != nullptr, "no memory for certificates"));
  if (ca_pem.empty()) {
    TRY(Expect(X509_STORE_set_default_paths(store.get()) == 1, "the system's CAs can't be read"));
    return store;
  }
  for (const auto& certificate : TRY(ParseCertificates(ca_pem))) {
    X509_check_purpose(certificate.get(), -1, 0);  // reads its extensions before threads share it
    TRY(Expect(X509_STORE_add_cert(store.get(), certificate.get()) == 1, "a CA can't be used"));
  }
  return store;
}

Result<ClientCertificate> ParseClientCertificate(std::string_view chain_pem,
                                                 std::string_view key_pem) {
  auto chain = ParseCertificates(chain_pem);
  if (!chain) return Fail("client certificate", chain.error());
  auto key = ParsePrivateKey(key_pem);
  if (!key) return Fail("client key", key.error());
  TRY(Expect(X509_check_private_key(chain->front().get(), key->get()) == 1,
             "the client key belongs to another certificate"));
  return ClientCertificate{std::move(*chain), std::move(*key)};
}

ClientTls::ClientTls(std::string name, std::shared_ptr<X509_STORE> trust,
                     std::shared_ptr<const ClientCertificate> certificate)
    : name_(std::move(name)),
      trust_(std::move(trust)),
      certificate_(std::move(certificate)),
      refusal_(X509_V_OK) {}

Result<> ClientTls::SetUp(SSL_CTX& context) {
  ERR_clear_error();
  SSL_CTX_set_app_data(&context, this);
  SSL_CTX_set_info_callback(&context, Hear);
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);  // a watch is silent most of the time
  TRY(Expect(SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1,
             "this OpenSSL has no TLS 1.2"));
  if (trust_) TRY(Demand(context));
  if (certificate_) TRY(Present(context));
  return {};
}

// httplib would trust the system's authorities beside ours and look at the name by itself, so
// OpenSSL does both.
Result<> ClientTls::Demand(SSL_CTX& context) {
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(&context);
  X509_VERIFY_PARAM_set_hostflags(
      expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const int known = IsAddress(name_)
                        ? X509_VERIFY_PARAM_set1_ip_asc(expected, name_.c_str())
                        : X509_VERIFY_PARAM_set1_host(expected, name_.data(), name_.size());
  X509_VERIFY_PARAM_set_flags(expected, X509_V_FLAG_PARTIAL_CHAIN);  // a CA needs no root above it
  SSL_CTX_set1_cert_store(&context, trust_.get());
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, Verify);
  return Expect(known == 1, Quoted(name_) + " can't be a server's name");
}

Result<> ClientTls::Present(SSL_CTX& context) const {
  const auto& chain = certificate_->chain;
  bool done = SSL_CTX_use_certificate(&context, chain.front().get()) == 1;
  for (std::size_t i = 1; i < chain.size(); ++i) {
    done = done && SSL_CTX_add1_chain_cert(&context, chain[i].get()) == 1;
  }
  done = done && SSL_CTX_use_PrivateKey(&context, certificate_->key.get()) == 1;
  return Expect(done, "the client certificate can't be used");
}

int ClientTls::Verify(int ok, X509_STORE_CTX* check) {
  if (ok) return ok;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(check, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = static_cast<ClientTls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  self->refusal_ = X509_STORE_CTX_get_error(check);
  self->presented_ = NamesOf(X509_STORE_CTX_get0_cert(check));
  return ok;
}

void ClientTls::Hear(const SSL* ssl, int event, int value) {
  if (event == SSL_CB_HANDSHAKE_START) Greet(ssl);
  const bool goodbye = event == SSL_CB_READ_ALERT && (value & 0xff) == SSL3_AD_CLOSE_NOTIFY;
  // In the middle of a header httplib would go on reading for as long as the socket is open.
  if (goodbye) ::shutdown(SSL_get_fd(ssl), SHUT_RD);
}

// httplib's SNI is the host that it dials, also where that is an address, which RFC 6066 forbids.
void ClientTls::Greet(const SSL* ssl) {
  auto* self = static_cast<ClientTls*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  self->greeted_ = true;
  const char* name = IsAddress(self->name_) ? nullptr : self->name_.c_str();
  SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), name);
}

std::string ClientTls::Refusal() const {
  if (refusal_ == X509_V_OK) return "";
  std::string text = X509_verify_cert_error_string(refusal_);
  if (refusal_ == X509_V_ERR_HOSTNAME_MISMATCH || refusal_ == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    text = "it is not for " + Quoted(name_) + " but for " + presented_;
  }
  return text;
}

}  // namespace railhook

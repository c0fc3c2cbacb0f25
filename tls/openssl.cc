#include "tls/openssl.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <climits>

namespace railhook {
namespace {

Result<BioHandle> Reader(std::string_view text) {
  if (text.size() > INT_MAX) return Fail(ErrorCode::kInvalid, "too large");
  BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!bio) return Fail(ErrorCode::kUnavailable, OpenSslError("no memory"));
  return bio;
}

// Without this OpenSSL would ask for the password on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

bool ReachedTheEnd() { return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE; }

}  // namespace

void FreeOpenSsl::operator()(BIO* bio) const { BIO_free_all(bio); }
void FreeOpenSsl::operator()(X509* certificate) const { X509_free(certificate); }
void FreeOpenSsl::operator()(X509_STORE* store) const { X509_STORE_free(store); }
void FreeOpenSsl::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void FreeOpenSsl::operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }

std::string TextIn(BIO& bio) {
  char* text = nullptr;
  const auto size = BIO_get_mem_data(&bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

Result<std::vector<X509Handle>> ParseCertificates(std::string_view pem) {
  const auto reader = TRY(Reader(pem));
  std::vector<X509Handle> found;
  ERR_clear_error();
  while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, NoPassword, nullptr)) {
    found.emplace_back(next);
  }
  if (!ReachedTheEnd()) return Fail(ErrorCode::kInvalid, OpenSslError("a certificate is broken"));
  ERR_clear_error();
  if (found.empty()) return Fail(ErrorCode::kInvalid, "no certificate in PEM form");
  return found;
}

Result<KeyHandle> ParsePrivateKey(std::string_view pem) {
  const auto reader = TRY(Reader(pem));
  ERR_clear_error();
  KeyHandle key(PEM_read_bio_PrivateKey(reader.get(), nullptr, NoPassword, nullptr));
  if (!key) {
    return Fail(ErrorCode::kInvalid, OpenSslError("no private key in PEM form without a password"));
  }
  return key;
}

Result<std::string> PemOf(const X509& certificate) {
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (out && PEM_write_bio_X509(out.get(), &certificate) == 1) return TextIn(*out);
  return Fail(ErrorCode::kUnavailable, OpenSslError("can't write a certificate as PEM"));
}

Result<std::string> PemOf(const EVP_PKEY& key) {
  const BioHandle out(BIO_new(BIO_s_secmem()));
  if (out &&
      PEM_write_bio_PKCS8PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1) {
    return TextIn(*out);
  }
  return Fail(ErrorCode::kUnavailable, OpenSslError("can't write a key as PEM"));
}

std::string OpenSslError(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  std::string text(what);
  if (const char* reason = code ? ERR_reason_error_string(code) : nullptr) {
    text.append(" (").append(reason).append(")");
  }
  return text;
}

}  // namespace railhook

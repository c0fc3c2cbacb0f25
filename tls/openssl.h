#pragma once
// OpenSSL's objects with owners, and PEM text to and from them.

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct stack_st_GENERAL_NAME;  // GENERAL_NAMES

namespace railhook {

struct FreeOpenSsl {
  void operator()(BIO* bio) const;
  void operator()(X509* certificate) const;
  void operator()(X509_STORE* store) const;
  void operator()(EVP_PKEY* key) const;
  void operator()(stack_st_GENERAL_NAME* names) const;
};
using BioHandle = std::unique_ptr<BIO, FreeOpenSsl>;
using X509Handle = std::unique_ptr<X509, FreeOpenSsl>;
using StoreHandle = std::unique_ptr<X509_STORE, FreeOpenSsl>;
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeOpenSsl>;
using NamesHandle = std::unique_ptr<stack_st_GENERAL_NAME, FreeOpenSsl>;

// What has been written to `bio`, which is one in memory.
std::string TextIn(BIO& bio);

// All certificates of `pem` in their order, at least one; kInvalid where there is none or one is
// broken.
Result<std::vector<X509Handle>> ParseCertificates(std::string_view pem);

// kInvalid where there is none, or where it is encrypted.
Result<KeyHandle> ParsePrivateKey(std::string_view pem);

// Both are kUnavailable where there is no memory. A key's text is PKCS #8, and a secret.
Result<std::string> PemOf(const X509& certificate);
Result<std::string> PemOf(const EVP_PKEY& key);

// `what` with the reason that OpenSSL left on this thread's error queue, which is cleared.
std::string OpenSslError(std::string_view what);

}  // namespace railhook

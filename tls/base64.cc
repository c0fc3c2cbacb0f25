#include "tls/base64.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/text.h"

namespace railhook {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::size_t Padding(std::string_view text) {
  return static_cast<std::size_t>(std::count(
      text.end() - static_cast<long>(std::min<std::size_t>(2, text.size())), text.end(), '='));
}

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and the NUL that OpenSSL writes
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), Bytes(bytes),
                                     static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

Result<std::string> DecodeBase64(std::string_view text) {
  text = Trim(text);
  std::string decoded(text.size() / 4 * 3, '\0');
  const int length = text.size() % 4 == 0
                         ? EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                           Bytes(text), static_cast<int>(text.size()))
                         : -1;
  if (length < 0) return Fail(ErrorCode::kInvalid, "is not base64");
  decoded.resize(static_cast<std::size_t>(length) - Padding(text));
  return decoded;
}

}  // namespace railhook

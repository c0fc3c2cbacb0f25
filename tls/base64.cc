#include "tls/base64.h"

#include <openssl/evp.h>

#include "base/text.h"

namespace railhook {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The length of the padding at the end.
std::size_t Padding(std::string_view text) {
  return text.size() - (text.find_last_not_of('=') + 1);
}

// OpenSSL passes over dashes and blanks at the end, and takes '=' anywhere.
bool IsBase64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::size_t padding = Padding(text);
  text.remove_suffix(padding);
  return (text.size() + padding) % 4 == 0 && padding <= 2 &&
         text.find_first_not_of(kAlphabet) == std::string_view::npos;
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
  if (!IsBase64(text)) return Fail(ErrorCode::kInvalid, "is not base64");
  std::string decoded(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()), Bytes(text),
                                     static_cast<int>(text.size()));
  decoded.resize(static_cast<std::size_t>(length) - Padding(text));
  return decoded;
}

}  // namespace railhook

#include "k8sclient/resource_type.h"

#include <cctype>

namespace railhook {

std::string PathOf(const ResourceType& type, std::string_view name_space, std::string_view name) {
  std::string path = type.group.empty() ? "/api/" : "/apis/" + std::string(type.group) + '/';
  path += type.version;
  if (!name_space.empty()) path += "/namespaces/" + PercentEncoded(name_space);
  path += '/';
  path += type.plural;
  if (!name.empty()) path += '/' + PercentEncoded(name);
  return path;
}

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kPlain = "-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || kPlain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace railhook

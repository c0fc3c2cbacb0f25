#include "policy/pci_address.h"

namespace railhook {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// What may stand where `form` has x (a hexadecimal digit), 7 (one up to that) or itself.
bool Fits(char c, char form) {
  if (form == 'x') return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  return form == '7' ? c >= '0' && c <= '7' : c == form;
}

}  // namespace

std::optional<std::string> ReadPciAddress(std::string_view text) {
  constexpr std::string_view kForm = "xxxx:xx:xx.7";
  if (text.size() != kForm.size()) return std::nullopt;
  std::string address;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    address += Lower(text[i]);
    if (!Fits(address[i], kForm[i])) return std::nullopt;
  }
  return address;
}

}  // namespace railhook

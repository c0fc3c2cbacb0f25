// The header of a request, in pieces and whole.

#include <string>

#include "tests/fuzz/fuzz.h"
#include "webhook/server/http_answer.h"
#include "webhook/server/http_head.h"

namespace railhook {
namespace {

constexpr std::size_t kMost = 2048;

void ExpectGoodRefusal(const HttpResponse& refusal) {
  Expect(refusal.status >= 400 && refusal.status < 600, "a refusal is a failure");
  Expect(refusal.close, "after a refusal the connection can't be used");
  const std::string bytes = Serialize(refusal, BodyForm::kWhole, 0);
  Expect(bytes.starts_with("HTTP/1.1 " + std::to_string(refusal.status)), "it can be sent");
}

// What comes of `text` that arrives in pieces.
OrRefusal<std::size_t> InPieces(std::string_view text, std::size_t piece) {
  std::size_t searched = 0;
  for (std::size_t here = piece; here < text.size(); here += piece) {
    auto length = HeaderLength(text.substr(0, here), searched, kMost);
    if (!length || *length > 0) return length;
  }
  return HeaderLength(text, searched, kMost);
}

void ExpectGoodHead(const RequestHead& head) {
  Expect(!head.method.empty(), "a request has a method");
  Expect(head.path.find_first_of("\r\n ?") == std::string::npos, "a path is one word");
  Expect(head.content_type.find_first_of("\r\n") == std::string::npos, "a field is one line");
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  if (size == 0) return 0;
  const std::string_view text = AsText(data + 1, size - 1);
  std::size_t searched = 0;
  const auto length = HeaderLength(text, searched, kMost);
  const auto in_pieces = InPieces(text, 1 + data[0] % 64);
  // Of two faults in one header the first that has come whole is told.
  if (length) Expect(in_pieces == *length, "pieces make no difference");
  Expect(!in_pieces || length.has_value(), "pieces make no header good");
  if (!length) return ExpectGoodRefusal(length.error()), 0;
  Expect(*length <= text.size() && *length <= kMost, "a header is no longer than may be");
  const auto head = ParseHead(text.substr(0, *length));
  if (*length == 0) return 0;
  if (!head) return ExpectGoodRefusal(head.error()), 0;
  ExpectGoodHead(*head);
  return 0;
}

// A watch's way from bytes in pieces to events.

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "k8sclient/watch/line_splitter.h"
#include "k8sclient/watch/watch_event.h"
#include "tests/fuzz/fuzz.h"

namespace railhook {
namespace {

constexpr std::size_t kLongest = 300;

struct Lines {
  bool whole = true;  // no line was too long
  std::vector<std::string> lines;

  bool operator==(const Lines&) const = default;
};

// The lines of `text` that comes in pieces of `piece` bytes.
Lines Split(std::string_view text, std::size_t piece) {
  Lines split;
  LineSplitter splitter(kLongest, [&](std::string_view line) {
    split.lines.emplace_back(line);
    return true;
  });
  for (; split.whole && !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    split.whole = splitter.Feed(text.substr(0, piece));
  return split;
}

void ExpectGoodLine(const std::string& line) {
  Expect(!line.empty() && line.size() <= kLongest, "a line is neither empty nor too long");
  Expect(line.find('\n') == std::string::npos, "a line is one line");
  Json object;
  const auto type = ReadWatchEvent(line, object);
  if (type) {
    Expect(object.is_object(), "an event has an object");
    Expect(!ResourceVersionOf(object).empty(), "an event tells where to go on");
  } else {
    Expect(!type.error().message.empty(), "a refusal says why");
    Expect(type.error().code == ErrorCode::kGone || type.error().code == ErrorCode::kInvalid,
           "a refusal is about the place or the line");
  }
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  if (size == 0) return 0;
  const std::string_view text = AsText(data + 1, size - 1);
  const Lines whole = Split(text, text.size() + 1);
  Expect(Split(text, 1 + data[0]) == whole, "pieces make no difference");
  for (const std::string& line : whole.lines) ExpectGoodLine(line);
  return 0;
}

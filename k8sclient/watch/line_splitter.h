#pragma once
// Lines out of bytes that come in pieces.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace railhook {

class LineSplitter {
 public:
  // `on_line` gets each line that isn't empty, without its end, and says whether to go on.
  LineSplitter(std::size_t most_bytes, std::function<bool(std::string_view)> on_line)
      : most_bytes_(most_bytes), on_line_(std::move(on_line)) {}

  // False once `on_line` has said so, or a line is longer than `most_bytes`.
  bool Feed(std::string_view bytes);

 private:
  bool EndLine(std::string_view rest);

  std::size_t most_bytes_;
  std::function<bool(std::string_view)> on_line_;
  std::string begun_;  // of a line whose end hasn't come
};

}  // namespace railhook

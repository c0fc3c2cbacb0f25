#include "k8sclient/watch/line_splitter.h"

namespace railhook {

bool LineSplitter::Feed(std::string_view bytes) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    if (!EndLine(bytes.substr(0, end))) return false;
    bytes.remove_prefix(end + 1);
  }
  if (begun_.size() + bytes.size() > most_bytes_) return false;
  begun_ += bytes;
  return true;
}

bool LineSplitter::EndLine(std::string_view rest) {
  if (begun_.size() + rest.size() > most_bytes_) return false;
  if (begun_.empty()) return rest.empty() || on_line_(rest);
  begun_ += rest;
  const std::string line = std::move(begun_);
  begun_.clear();
  return on_line_(line);
}

}  // namespace railhook

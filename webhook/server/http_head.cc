#include "webhook/server/http_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>

#include "webhook/server/http_answer.h"

namespace railhook {
namespace {

namespace http = boost::beast::http;

using Header = http::request_header<>;

constexpr std::size_t kMostFields = 100;

tl::unexpected<HttpResponse> Refuse(int status, std::string_view why) {
  return tl::unexpected(Refusal(status, why));
}

// Beast unfolds lines; RFC 9112 5.2 lets a server refuse them instead.
bool HasFoldedLine(std::string_view header) {
  return header.find("\r\n ") != header.npos || header.find("\r\n\t") != header.npos;
}

std::size_t Fields(std::string_view header) {
  const auto lines = std::count(header.begin(), header.end(), '\n');
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - 2, 0));
}

OrRefusal<std::optional<std::size_t>> ContentLength(const Header& header) {
  const auto given = header.count(http::field::content_length);
  if (given == 0) return std::nullopt;
  const auto text = header[http::field::content_length];
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (given > 1 || error != std::errc() || end != text.data() + text.size()) {
    return Refuse(400, "Content-Length must be given once, as one number");
  }
  return length;
}

OrRefusal<void> CheckHost(const Header& header) {
  const auto given = header.count(http::field::host);
  if (given > 1) return Refuse(400, "more than one Host");
  if (given == 0 && header.version() >= 11) return Refuse(400, "HTTP/1.1 needs a Host");
  return {};
}

OrRefusal<bool> ExpectsContinue(const Header& header) {
  const auto given = header.find(http::field::expect);
  if (given == header.end() || header.version() < 11) return false;
  if (boost::beast::iequals(given->value(), "100-continue")) return true;
  return Refuse(417, "the only expectation known here is 100-continue");
}

// Of http://host/path?query (RFC 9112 3.2.2) or /path?query.
std::string PathOf(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (target.starts_with('/')) return std::string(target);
  const auto authority = target.find("://");
  if (authority == target.npos) return std::string(target);
  const auto path = target.find('/', authority + 3);
  return path == target.npos ? "/" : std::string(target.substr(path));
}

// How long the caller waits; none where it says nothing, or says it in another way.
std::optional<std::chrono::seconds> TimeoutOf(std::string_view target) {
  constexpr std::string_view name = "timeout=";
  const auto query = target.find('?');
  if (query == target.npos || !target.substr(query + 1).starts_with(name)) return std::nullopt;
  target.remove_prefix(query + 1 + name.size());
  unsigned short seconds = 0;
  const auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), seconds);
  const bool whole = error == std::errc() && std::string_view(end, target.end()) == "s";
  return whole ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

OrRefusal<RequestHead> Understand(const Header& header, bool keep_alive) {
  if (header.count(http::field::transfer_encoding)) {
    return Refuse(411, "send the body with a Content-Length and without a Transfer-Encoding");
  }
  const auto host = CheckHost(header);
  if (!host) return tl::unexpected(host.error());
  const auto length = ContentLength(header);
  if (!length) return tl::unexpected(length.error());
  const auto expects = ExpectsContinue(header);
  if (!expects) return tl::unexpected(expects.error());
  return RequestHead{.method = header.method_string(),
                     .path = PathOf(header.target()),
                     .content_type = header[http::field::content_type],
                     .content_length = *length,
                     .timeout = TimeoutOf(header.target()),
                     .keep_alive = keep_alive,
                     .expects_continue = *expects};
}

}  // namespace

HttpResponse Refusal(int status, std::string_view why) {
  HttpResponse refusal = PlainText(status, std::string(why) + "\n");
  refusal.close = true;
  return refusal;
}

OrRefusal<std::size_t> HeaderLength(std::string_view input, std::size_t& searched,
                                    std::size_t most) {
  for (auto at = input.find('\n', searched); at != input.npos; at = input.find('\n', at + 1)) {
    if (at == 0 || input[at - 1] != '\r')
      return Refuse(400, "a line of the header ends without CR");
    if (at + 1 > most) break;
    if (input.substr(0, at + 1).ends_with("\r\n\r\n")) return at + 1;
  }
  searched = input.size();
  if (input.size() > most) return Refuse(431, "the header is too long");
  return 0;
}

OrRefusal<RequestHead> ParseHead(std::string_view header) {
  if (HasFoldedLine(header)) return Refuse(400, "a field of the header is folded");
  if (Fields(header) > kMostFields) return Refuse(431, "the header has too many fields");
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(header.size()) + 1);
  parser.body_limit(boost::none);  // the length is compared where the endpoint is known
  boost::system::error_code error;
  parser.put(boost::asio::buffer(header), error);
  if (error) return Refuse(400, error.message());
  if (!parser.is_header_done()) return Refuse(400, "the header is broken");
  return Understand(parser.get(), parser.keep_alive());
}

}  // namespace railhook

#pragma once
// The header of an HTTP/1.1 request (RFC 9112): where it ends, and what it says. Stricter than the
// RFC wherever leniency has let two parties read one message differently (request smuggling).

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "webhook/server/http_server.h"

namespace railhook {

// T, or the answer that refuses the request; after it the connection can't be used any more.
template <typename T>
using OrRefusal = tl::expected<T, HttpResponse>;

// A refusal in plain text that hangs up.
HttpResponse Refusal(int status, std::string_view why);

struct RequestHead {
  std::string method;
  std::string path;          // without the query
  std::string content_type;  // empty: none given
  std::optional<std::size_t> content_length;
  std::optional<std::chrono::seconds> timeout;  // as an API server says it: "?timeout=5s"
  bool keep_alive = true;
  bool expects_continue = false;
};

// The length of the header that `input` begins with, its empty line included; 0 while it isn't
// whole. `searched` bytes of the input had no end in them; it is updated. 431 beyond `most` bytes,
// 400 for a line that ends without CR.
OrRefusal<std::size_t> HeaderLength(std::string_view input, std::size_t& searched,
                                    std::size_t most);

// Reads a whole header, its empty line included.
OrRefusal<RequestHead> ParseHead(std::string_view header);

}  // namespace railhook

#include "webhook/server/http_head.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace railhook {
namespace {

// The header of a POST with these further lines.
std::string PostWith(std::string_view lines) {
  return "POST /mutate HTTP/1.1\r\nHost: h\r\n" + std::string(lines) + "\r\n";
}

std::string Fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X: 1\r\n";
  return fields;
}

std::string Show(const OrRefusal<RequestHead>& head) {
  if (!head) return std::to_string(head.error().status) + (head.error().close ? "" : " kept");
  std::string text = head->method + " " + head->path;
  if (!head->content_type.empty()) text += " " + head->content_type;
  if (head->content_length) text += " " + std::to_string(*head->content_length);
  if (!head->keep_alive) text += " close";
  if (head->expects_continue) text += " continue";
  return text;
}

TEST_CASE("ParseHead: how long the caller waits") {
  const struct {
    std::string_view target;
    int want;
  } cases[] = {
      {"/mutate?timeout=5s", 5},
      {"http://h/mutate?timeout=30s", 30},
      {"/mutate?timeout=0s", 0},
      {"/mutate", -1},
      {"/mutate?", -1},
      {"/mutate?timeout=", -1},
      {"/mutate?timeout=5", -1},
      {"/mutate?timeout=1m5s", -1},
      {"/mutate?timeout=-1s", -1},
      {"/mutate?timeout=5s&x=1", -1},
      {"/mutate?timeout=99999999s", -1},
  };
  for (const auto& c : cases) {
    CAPTURE(c.target);
    const auto head = ParseHead("GET " + std::string(c.target) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(head);
    CHECK(head->timeout.value_or(std::chrono::seconds(-1)).count() == c.want);
  }
}

TEST_CASE("ParseHead: what a good header says") {
  const struct {
    std::string_view name;
    std::string header;
    std::string_view want;
  } cases[] = {
      {"an API server's", PostWith("Content-Type: application/json\r\nContent-Length: 5\r\n"),
       "POST /mutate application/json 5"},
      {"the query is cut off", "POST /mutate?timeout=5s HTTP/1.1\r\nHost: h\r\n\r\n",
       "POST /mutate"},
      {"absolute form", "GET http://h:1/a/b?c HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a/b"},
      {"absolute form without a path", "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", "GET /"},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS *"},
      {"no path: no endpoint has it", "POST 'mutate?a HTTP/1.1\r\nHost: h\r\n\r\n", "POST 'mutate"},
      {"a method of its own", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "BREW /pot"},
      {"hangs up", PostWith("Connection: close\r\n"), "POST /mutate close"},
      {"names of fields have no case", PostWith("cOnTeNt-LeNgTh: 7\r\n"), "POST /mutate 7"},
      {"blanks around a value", PostWith("Content-Length: \t 7 \t\r\n"), "POST /mutate 7"},
      {"HTTP/1.0 hangs up", "GET / HTTP/1.0\r\n\r\n", "GET / close"},
      {"HTTP/1.0 stays when asked", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /"},
      {"expects 100", PostWith("Expect: 100-Continue\r\n"), "POST /mutate continue"},
      {"HTTP/1.0 can't expect", "POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", "POST / close"},
      {"100 fields", PostWith(Fields(99)), "POST /mutate"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Show(ParseHead(c.header)) == c.want);
  }
}

TEST_CASE("ParseHead: what is refused") {
  const struct {
    std::string_view name;
    std::string header;
    std::string_view want;
  } cases[] = {
      {"chunked", PostWith("Transfer-Encoding: chunked\r\n"), "411"},
      {"gzip", PostWith("Transfer-Encoding: gzip\r\n"), "411"},
      {"identity", PostWith("Transfer-Encoding: identity\r\n"), "411"},
      {"chunked and a length", PostWith("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
       "400"},
      {"a length and chunked", PostWith("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
       "400"},
      {"a length and gzip", PostWith("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n"), "400"},
      {"two hosts", PostWith("Host: h\r\n"), "400"},
      {"no host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"equal lengths", PostWith("Content-Length: 5\r\nContent-Length: 5\r\n"), "400"},
      {"different lengths", PostWith("Content-Length: 5\r\nContent-Length: 6\r\n"), "400"},
      {"a list of equal lengths", PostWith("Content-Length: 5, 5\r\n"), "400"},
      {"a list of lengths", PostWith("Content-Length: 5, 6\r\n"), "400"},
      {"+5", PostWith("Content-Length: +5\r\n"), "400"},
      {"-1", PostWith("Content-Length: -1\r\n"), "400"},
      {"0x5", PostWith("Content-Length: 0x5\r\n"), "400"},
      {"5 5", PostWith("Content-Length: 5 5\r\n"), "400"},
      {"an empty length", PostWith("Content-Length: \r\n"), "400"},
      {"2^64", PostWith("Content-Length: 18446744073709551616\r\n"), "400"},
      {"bare CR", PostWith("A: b\rc\r\n"), "400"},
      {"NUL", PostWith(std::string_view("A: b\0c\r\n", 8)), "400"},
      {"a blank before the colon", PostWith("Content-Length : 5\r\n"), "400"},
      {"a field without a name", PostWith(": 5\r\n"), "400"},
      {"a field without a colon", PostWith("nonsense\r\n"), "400"},
      {"a folded field", PostWith("A: b\r\n c\r\n"), "400"},
      {"a field folded with a tab", PostWith("A: b\r\n\tc\r\n"), "400"},
      {"a folded first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400"},
      {"leading CRLF", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"nothing", "\r\n\r\n", "400"},
      {"HTTP/0.9", "GET /\r\n\r\n", "400"},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "400"},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "400"},
      {"a blank too many", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"a blank in the path", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"no path", "GET HTTP/1.1\r\nHost: h\r\n\r\n", "400"},
      {"101 fields", PostWith(Fields(100)), "431"},
      {"900 fields", PostWith(Fields(899)), "431"},
      {"another expectation", PostWith("Expect: cookies\r\n"), "417"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(Show(ParseHead(c.header)) == c.want);
  }
}

std::string ShowLength(std::string_view input, std::size_t searched = 0, std::size_t most = 100) {
  const auto length = HeaderLength(input, searched, most);
  if (!length) return std::to_string(length.error().status);
  return std::to_string(*length) + " after " + std::to_string(searched);
}

TEST_CASE("HeaderLength: where the empty line is") {
  CHECK(ShowLength("") == "0 after 0");
  CHECK(ShowLength("GET /") == "0 after 5");
  CHECK(ShowLength("a\r\nb\r\n") == "0 after 6");
  CHECK(ShowLength("a\r\n\r\n") == "5 after 0");
  CHECK(ShowLength("a\r\n\r\nbody\n") == "5 after 0");
  CHECK(ShowLength("a\r\n\r\n", 4) == "5 after 4");
}

TEST_CASE("HeaderLength: lines that end without CR") {
  CHECK(ShowLength("GET / HTTP/1.1\nHost: h\n\n") == "400");
  CHECK(ShowLength("a\r\nb\n\r\n") == "400");
  CHECK(ShowLength("\n") == "400");
  CHECK(ShowLength("a\r\n\n") == "400");
}

TEST_CASE("HeaderLength: too long") {
  const std::string line = "GET /" + std::string(93, 'a');  // 98 bytes
  CHECK(ShowLength(line + "\r\n\r\n", 0, 102) == "102 after 0");
  CHECK(ShowLength(line + "\r\n\r\n", 0, 101) == "431");
  CHECK(ShowLength(line, 0, 98) == "0 after 98");
  CHECK(ShowLength(line, 0, 97) == "431");
}

TEST_CASE("a header that comes byte by byte is found and read only once") {
  const auto header = PostWith("Content-Length: 5\r\n");
  std::size_t searched = 0;
  for (std::size_t size = 0; size < header.size(); ++size) {
    const auto length = HeaderLength(std::string_view(header).substr(0, size), searched, 1000);
    REQUIRE(length);
    REQUIRE(*length == 0);
    REQUIRE(searched == size);
  }
  CHECK(HeaderLength(header + "12345", searched, 1000).value() == header.size());
}

}  // namespace
}  // namespace railhook

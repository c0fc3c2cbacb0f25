#include "webhook/admission/response.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/utf8.h"

namespace railhook {
namespace {

using Op = PatchOperation::Op;

Json ResponseOf(const AdmissionResponse& response, std::string_view uid = "u") {
  const auto review = ParseJson(ToReview(response, uid));
  REQUIRE(review);
  CHECK((*review)["apiVersion"] == "admission.k8s.io/v1");
  CHECK((*review)["kind"] == "AdmissionReview");
  CHECK(review->size() == 3);
  return (*review)["response"];
}

Patch Removal(std::string path) {
  Patch patch;
  patch.Append({Op::kRemove, std::move(path), ""});
  return patch;
}

TEST_CASE("allowed without a patch says nothing of patches, status or warnings") {
  CHECK(
      ToReview(Allowed(), "u") ==
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"allowed":true,"uid":"u"}})");
  CHECK(ToReview(Patched(Patch()), "u") == ToReview(Allowed(), "u"));
}

TEST_CASE("a patch goes as standard base64 with padding, together with its type") {
  const struct {
    std::string_view name;
    std::string path;
    std::string_view want;
  } cases[] = {
      {"no padding", "/ab", "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2FiIn1d"},
      {"one byte over", "/abc", "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2FiYyJ9XQ=="},
      {"one byte short", "/a", "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL2EifV0="},
      {"both odd letters of the alphabet", "/?~1>>?ÿÿ",
       "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiLz9+MT4+P8O/w78ifV0="},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    const Json response = ResponseOf(Patched(Removal(c.path)));
    CHECK(response["allowed"] == true);
    CHECK(response["patchType"] == "JSONPatch");
    CHECK(response["patch"] == c.want);
    CHECK_FALSE(response.contains("status"));
  }
}

TEST_CASE("a long patch stays one base64 text without line breaks") {
  const Json response = ResponseOf(Patched(Removal('/' + std::string(100'000, 'x'))));
  const auto text = response["patch"].get<std::string>();
  CHECK(text.size() % 4 == 0);
  CHECK(text.find_first_of("\r\n") == text.npos);
}

TEST_CASE("denied is a 403 with its message, and never carries a patch") {
  AdmissionResponse denied = Denied("unknown class \"x\"");
  denied.patch = Removal("/a");
  const Json response = ResponseOf(denied);
  CHECK(response["allowed"] == false);
  CHECK(response["status"] == Json({{"status", "Failure"},
                                    {"code", 403},
                                    {"reason", "Forbidden"},
                                    {"message", "unknown class \"x\""}}));
  CHECK_FALSE(response.contains("patch"));
  CHECK_FALSE(response.contains("patchType"));
}

TEST_CASE("the uid comes back byte for byte") {
  for (const std::string_view uid :
       {"705ab4f5-6393-11e8-b7cc-42010a800002", " Odd ", "\"\\/\n\t\x01", "中文😀", "0"}) {
    CHECK(ResponseOf(Allowed(), uid)["uid"] == uid);
    CHECK(ResponseOf(Denied("no"), uid)["uid"] == uid);
  }
}

TEST_CASE("warnings go out on one line of at most 120 bytes, whole characters only") {
  AdmissionResponse response = Allowed();
  response.warnings = {"plain", "two\nlines\r\nand\ta tab\x01", std::string(120, 'a'),
                       std::string(121, 'b')};
  for (std::size_t lead = 0; lead < 4; ++lead) {
    std::string text(lead, 'x');
    while (text.size() < 200) text += "网";
    response.warnings.push_back(text);
    text.resize(lead);
    while (text.size() < 200) text += "😀";
    response.warnings.push_back(text);
  }
  const Json warnings = ResponseOf(response)["warnings"];
  REQUIRE(warnings.size() == response.warnings.size());
  CHECK(warnings[0] == "plain");
  CHECK(warnings[2] == std::string(120, 'a'));
  for (const Json& warning : warnings) {
    const auto text = warning.get<std::string>();
    CAPTURE(text);
    CHECK(text.size() <= kMaxWarning);
    CHECK_FALSE(text.empty());
    CHECK(FindInvalidUtf8(text) == std::string_view::npos);
    for (const char c : text) CHECK(static_cast<unsigned char>(c) >= 0x20);
  }
  CHECK(warnings[1].get<std::string>().starts_with("two lines and a tab"));
}

TEST_CASE("a warning with control characters of two bytes would get lost: they become blanks") {
  AdmissionResponse response = Allowed();
  response.warnings = {"a\xC2\x85 b \xC2\x80\xC2\x9F c\xC2\xA0é", "\xC2\x85"};
  const Json warnings = ResponseOf(response)["warnings"];
  CHECK(warnings[0] == "a b c\xC2\xA0é");
}

TEST_CASE("warnings go with a denial and with a patch alike") {
  for (AdmissionResponse response : {Allowed(), Denied("no"), Patched(Removal("/a"))}) {
    response.warnings = {"w"};
    CHECK(ResponseOf(response)["warnings"] == Json::array({"w"}));
  }
}

TEST_CASE("audit annotations are a map of texts, left out where there are none") {
  AdmissionResponse response = Allowed();
  response.audit_annotations = {{"class", "中\""}, {"rails", "8"}};
  CHECK(ResponseOf(response)["auditAnnotations"] == Json({{"class", "中\""}, {"rails", "8"}}));
  CHECK_FALSE(ResponseOf(Allowed()).contains("auditAnnotations"));
}

TEST_CASE("the answer is JSON of valid UTF-8 on one line, whatever a message holds") {
  for (const std::string_view message : {"\xff\xfe", "cut \xe7\xbd", "a\nb\x7f\x01", "\"}"}) {
    AdmissionResponse response = Denied(std::string(message));
    response.warnings = {std::string(message)};
    response.audit_annotations = {{"class", std::string(message)}};
    const std::string text = ToReview(response, "u");
    CHECK(FindInvalidUtf8(text) == std::string_view::npos);
    CHECK(text.find('\n') == text.npos);
    ResponseOf(response);
  }
}

}  // namespace
}  // namespace railhook

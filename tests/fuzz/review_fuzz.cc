// An AdmissionReview's way through the webhook, from bytes to bytes.

#include <openssl/evp.h>

#include <algorithm>
#include <string>

#include "base/json.h"
#include "tests/fuzz/fuzz_rails.h"
#include "webhook/inject/pod_admission.h"
#include "webhook/inject/workload_warnings.h"

namespace railhook {
namespace {

std::string DecodeBase64(const std::string& text) {
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  Expect(size >= 0, "the patch is base64");
  decoded.resize(decoded.size() -
                 static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '=')));
  return decoded;
}

void ExpectGoodWarnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    Expect(!warning.empty() && warning.size() <= kMaxWarning, "a warning is short");
    Expect(warning.find('\n') == std::string::npos, "a warning is one line");
  }
}

void ExpectGoodPatch(const Json& answer, const AdmissionResponse& response, const Json& object) {
  Expect(answer.contains("patch") == !response.patch.empty(), "the answer carries the patch");
  Expect(answer.contains("patch") == answer.contains("patchType"), "a patch has a type");
  if (response.patch.empty()) return;
  Expect(response.allowed, "who is denied gets no patch");
  Expect(DecodeBase64(answer["patch"]) == response.patch.ToJson(), "the patch arrives as it is");
  Expect(CheckPatch(response.patch, object).has_value(), "the patch passes its own check");
}

void ExpectGoodAnswer(const std::string& text, const AdmissionRequest& request,
                      const AdmissionResponse& response) {
  Expect(text.find('\n') == std::string::npos, "the answer is one line");
  const auto review = ParseJson(text);
  Expect(review.has_value(), "the answer is JSON");
  const Json& answer = review->at("response");
  Expect(answer.at("uid") == request.uid, "the uid comes back as it came");
  Expect(answer.at("allowed") == response.allowed, "the verdict arrives");
  Expect(response.allowed || !response.message.empty(), "a denial says why");
  ExpectGoodPatch(answer, response, *request.object);
}

}  // namespace
}  // namespace railhook

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace railhook;
  static const RailIndex index = IndexOf(EightRails());
  const auto request = ParseAdmissionReview(AsText(data, size));
  if (!request) {
    Expect(!request.error().message.empty(), "a refusal says why");
    return 0;
  }
  const AdmissionResponse response = AdmitPod(*request, index, InjectConfig()).response;
  ExpectGoodWarnings(response.warnings);
  ExpectGoodWarnings(WarningsOfWorkload(*request, index, InjectConfig()));
  ExpectGoodAnswer(ToReview(response, request->uid), *request, response);
  return 0;
}

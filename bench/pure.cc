#include "bench/pure.h"

#include <chrono>

#include "base/json.h"
#include "webhook/inject/pod_admission.h"

namespace railhook {
namespace {

// Keeps the compiler from leaving out what makes the value.
template <typename T>
void Use(const T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

template <typename Call>
double MicrosecondsOf(Call call, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) Use(call());
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
             .count() /
         calls;
}

}  // namespace

Result<PureTimes> MeasurePure(const std::string& review, const RailIndex& index, int turns,
                              int calls) {
  const AdmissionRequest request = TRY(ParseAdmissionReview(review));
  const InjectConfig config;
  const PodAdmission admission = AdmitPod(request, index, config);
  if (admission.response.patch.empty()) {
    return Fail(ErrorCode::kInvalid, "the pod gets no rails: " + admission.response.message);
  }
  PureTimes times;
  for (int turn = 0; turn < turns; ++turn) {
    times.parse.push_back(MicrosecondsOf([&] { return ParseAdmissionReview(review); }, calls));
    times.inject.push_back(MicrosecondsOf(
        [&] { return Inject(*request.object, request.name_space, index, config); }, calls));
    times.admit.push_back(MicrosecondsOf([&] { return AdmitPod(request, index, config); }, calls));
    times.answer.push_back(
        MicrosecondsOf([&] { return ToReview(admission.response, request.uid); }, calls));
  }
  return times;
}

}  // namespace railhook

// Measures what injection costs beside reading the request, which every webhook has to do, and
// prints it as Markdown. injection_bench --quick only shows that it runs.

#include <cstdio>
#include <string>
#include <string_view>

#include "base/log.h"
#include "bench/pure.h"
#include "bench/served.h"
#include "bench/workload.h"

namespace railhook {
namespace {

struct Effort {
  int turns;
  int calls;
  Load load;
  CrowdedLoad crowded;
};
constexpr Effort kThorough = {31, 500, {15, 4, 1000}, {{15, 25, 40}, 1000}};
constexpr Effort kQuick = {3, 20, {1, 2, 20}, {{1, 2, 5}, 20}};

void PrintRow(const char* what, const char* unit, double figure, double ratio, const char* target) {
  std::printf("| %s | %.0f %s | %.2f | %s |\n", what, figure, unit, ratio, target);
}

void PrintPure(const PureTimes& times) {
  const auto row = [&](const char* what, const Samples& samples, const char* target) {
    PrintRow(what, "µs", Median(samples), MedianRatio(samples, times.parse), target);
  };
  std::printf("| Without a socket | time | ratio | target |\n|---|---|---|---|\n");
  row("parse the review", times.parse, "1");
  row("make the patch", times.inject, "≤ 3");
  row("make the patch, apply it and check it", times.admit, "≤ 3");
  row("write the answer", times.answer, "");
}

void PrintServed(const ServedTimes& times, const Load& load) {
  const auto& [mutate, floor] = times;
  std::printf(
      "\n| Over TLS, %d kept-alive connections | figure | ratio | target |\n|---|---|---|---|\n",
      load.clients);
  PrintRow("parse, answer a constant", "requests/s", Median(floor.requests_per_second), 1, "1");
  PrintRow("`POST /mutate-pods`", "requests/s", Median(mutate.requests_per_second),
           MedianRatio(mutate.requests_per_second, floor.requests_per_second), "≥ 0.5");
  PrintRow("parse, answer a constant: server's CPU", "µs a request",
           Median(floor.server_microseconds), 1, "1");
  PrintRow("`POST /mutate-pods`: server's CPU", "µs a request", Median(mutate.server_microseconds),
           MedianRatio(mutate.server_microseconds, floor.server_microseconds), "");
}

void PrintCrowded(const CrowdedTimes& times, const CrowdedLoad& crowded) {
  const auto row = [&](const char* what, const Samples& samples) {
    std::printf("| %s | %.1f ms | %.2f |\n", what, Median(samples),
                MedianRatio(samples, times.quiet));
  };
  std::printf("\n| %d clients that ask up to 40 times a second | p99 | ratio |\n|---|---|---|\n",
              crowded.load.clients);
  row("alone", times.quiet);
  row(("beside " + std::to_string(crowded.slow) + " slow clients").c_str(), times.beside_slow);
  row("beside one that posts reviews of 3 MiB without a pause", times.beside_greedy);
}

Result<> Run(const Effort& effort) {
  SetLogLevel(LogLevel::kWarning);
  const std::string review = TRY(TrainingPodReview(SOURCE_DIR));
  const RailIndex index = TRY(EightRails(SOURCE_DIR));
  const PureTimes pure = TRY(MeasurePure(review, index, effort.turns, effort.calls));
  const ServedTimes served = TRY(MeasureServed(review, index, effort.load));
  const CrowdedTimes crowded = TRY(MeasureCrowded(review, index, effort.crowded));
  std::printf("Review of %zu bytes, eight rails. Medians of %d and %d turns.\n\n", review.size(),
              effort.turns, effort.load.turns);
  PrintPure(pure);
  PrintServed(served, effort.load);
  PrintCrowded(crowded, effort.crowded);
  return {};
}

}  // namespace
}  // namespace railhook

int main(int argc, char** argv) {
  using namespace railhook;
  const bool quick = argc > 1 && std::string_view(argv[1]) == "--quick";
  const auto run = Run(quick ? kQuick : kThorough);
  if (!run) std::fprintf(stderr, "injection_bench: %s\n", run.error().message.c_str());
  return run ? 0 : 1;
}

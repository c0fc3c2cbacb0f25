#include "webhook/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>
#include <vector>

namespace railhook {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

}  // namespace

struct Metrics::Impl {
  struct Read {
    prometheus::Gauge* gauge;
    std::function<double()> read;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("railhook_admission_requests_total")
          .Help(
              "Admission reviews answered, by result: allowed, injected, denied, not_ready or "
              "error.")
          .Register(registry);
  prometheus::Histogram& seconds = prometheus::BuildHistogram()
                                       .Name("railhook_admission_request_duration_seconds")
                                       .Help("Time from a whole admission review to its answer.")
                                       .Register(registry)
                                       .Add({}, kSeconds);
  std::mutex mutex;
  std::vector<Read> gauges;  // guarded by mutex
};

Metrics::Metrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
  prometheus::BuildGauge()
      .Name("railhook_build_info")
      .Help("Always 1; the version is the label.")
      .Register(impl_->registry)
      .Add({{"version", std::string(version)}})
      .Set(1);
  for (const char* result : {"allowed", "injected", "denied", "not_ready", "error"})
    impl_->requests.Add({{"result", result}});
}

Metrics::~Metrics() = default;

void Metrics::CountAdmission(std::string_view result, double seconds) {
  impl_->requests.Add({{"result", std::string(result)}}).Increment();
  impl_->seconds.Observe(seconds);
}

void Metrics::AddGauge(std::string name, std::string help, std::function<double()> read) {
  auto& gauge = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add({});
  const std::lock_guard lock(impl_->mutex);
  impl_->gauges.push_back({&gauge, std::move(read)});
}

std::string Metrics::Text() const {
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [gauge, read] : impl_->gauges) gauge->Set(read());
  }
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace railhook

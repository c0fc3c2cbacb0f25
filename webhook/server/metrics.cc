#include "webhook/server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>

namespace railhook {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};

// What is there from the start, so that rates have a zero to begin with.
constexpr std::pair<const char*, int> kResults[] = {{"allowed", 200},   {"injected", 200},
                                                    {"defaulted", 200}, {"denied", 403},
                                                    {"not_ready", 503}, {"error", 403}};

ClientMetric MetricOf(Metrics::Type type, const Metrics::Sample& sample) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) metric.label.push_back({name, value});
  metric.gauge.value = metric.counter.value = 0;
  (type == Metrics::Type::kGauge ? metric.gauge.value : metric.counter.value) = sample.value;
  return metric;
}

// A family whose values are read when somebody asks.
struct ReadFamily {
  Metrics::Type type;
  std::string name;
  std::string help;
  std::function<std::vector<Metrics::Sample>()> read;

  MetricFamily Collect() const {
    MetricFamily family{name, help, prometheus::MetricType::Gauge, {}};
    if (type == Metrics::Type::kCounter) family.type = prometheus::MetricType::Counter;
    for (const auto& sample : read()) family.metric.push_back(MetricOf(type, sample));
    return family;
  }
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("railhook_admission_requests_total")
          .Help(
              "Admission reviews answered, by result and by code: the HTTP status, or a denial's "
              "own.")
          .Register(registry);
  prometheus::Histogram& seconds = prometheus::BuildHistogram()
                                       .Name("railhook_admission_request_duration_seconds")
                                       .Help("Time from a whole admission review to its answer.")
                                       .Register(registry)
                                       .Add({}, kSeconds);
  std::mutex mutex;
  std::vector<ReadFamily> read;  // guarded by mutex
};

Metrics::Metrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
  prometheus::BuildGauge()
      .Name("railhook_build_info")
      .Help("Always 1; the version is the label.")
      .Register(impl_->registry)
      .Add({{"version", std::string(version)}})
      .Set(1);
  for (const auto& [result, code] : kResults)
    impl_->requests.Add({{"result", result}, {"code", std::to_string(code)}});
}

Metrics::~Metrics() = default;

void Metrics::CountAdmission(std::string_view result, int code, double seconds) {
  impl_->requests.Add({{"result", std::string(result)}, {"code", std::to_string(code)}})
      .Increment();
  impl_->seconds.Observe(seconds);
}

void Metrics::Add(Type type, std::string name, std::string help,
                  std::function<std::vector<Sample>()> read) {
  const std::lock_guard lock(impl_->mutex);
  impl_->read.push_back({type, std::move(name), std::move(help), std::move(read)});
}

void Metrics::AddGauge(std::string name, std::string help, std::function<double()> read) {
  Add(Type::kGauge, std::move(name), std::move(help), [read = std::move(read)] {
    return std::vector<Sample>{{{}, read()}};
  });
}

std::string Metrics::Text() const {
  auto families = impl_->registry.Collect();
  const std::lock_guard lock(impl_->mutex);
  for (const ReadFamily& family : impl_->read) families.push_back(family.Collect());
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace railhook

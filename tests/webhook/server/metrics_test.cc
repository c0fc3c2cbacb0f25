#include "webhook/server/metrics.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace railhook {
namespace {

bool HasLine(const std::string& text, std::string_view line) {
  return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos;
}

std::string CountLine(std::string_view result, std::string_view code, std::string_view count) {
  return "railhook_admission_requests_total{code=\"" + std::string(code) + "\",result=\"" +
         std::string(result) + "\"} " + std::string(count);
}

TEST_CASE("every result is there from the start, so that rates have a zero to begin with") {
  const Metrics metrics("1.2.3");
  const std::string text = metrics.Text();
  CHECK(HasLine(text, CountLine("allowed", "200", "0")));
  CHECK(HasLine(text, CountLine("injected", "200", "0")));
  CHECK(HasLine(text, CountLine("denied", "403", "0")));
  CHECK(HasLine(text, CountLine("not_ready", "503", "0")));
  CHECK(HasLine(text, CountLine("error", "403", "0")));
  CHECK(HasLine(text, "railhook_build_info{version=\"1.2.3\"} 1"));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_count 0"));
}

TEST_CASE("admissions count by result, their time goes into the histogram") {
  Metrics metrics("x");
  metrics.CountAdmission("injected", 200, 0.0002);
  metrics.CountAdmission("injected", 200, 0.002);
  metrics.CountAdmission("denied", 403, 60);
  const std::string text = metrics.Text();
  CHECK(HasLine(text, CountLine("injected", "200", "2")));
  CHECK(HasLine(text, CountLine("denied", "403", "1")));
  CHECK(HasLine(text, CountLine("allowed", "200", "0")));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_bucket{le=\"0.0001\"} 0"));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_bucket{le=\"0.00025\"} 1"));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_bucket{le=\"0.0025\"} 2"));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(HasLine(text, "railhook_admission_request_duration_seconds_count 3"));
}

TEST_CASE("a gauge is read when somebody asks") {
  Metrics metrics("x");
  int reads = 0;
  metrics.AddGauge("railhook_rails", "Rails known.", [&] { return static_cast<double>(++reads); });
  CHECK(reads == 0);
  CHECK(HasLine(metrics.Text(), "railhook_rails 1"));
  CHECK(HasLine(metrics.Text(), "railhook_rails 2"));
  CHECK(HasLine(metrics.Text(), "# TYPE railhook_rails gauge"));
  CHECK(HasLine(metrics.Text(), "# HELP railhook_rails Rails known."));
}

TEST_CASE("a family may have several values, and be a counter") {
  Metrics metrics("x");
  metrics.Add(Metrics::Type::kCounter, "railhook_reads_total", "Reads.", [] {
    return std::vector<Metrics::Sample>{{{{"result", "success"}}, 3}, {{{"result", "failure"}}, 0}};
  });
  CHECK(HasLine(metrics.Text(), "# TYPE railhook_reads_total counter"));
  CHECK(HasLine(metrics.Text(), "railhook_reads_total{result=\"success\"} 3"));
  CHECK(HasLine(metrics.Text(), "railhook_reads_total{result=\"failure\"} 0"));
}

TEST_CASE("each metric has its help and its type") {
  const std::string text = Metrics("x").Text();
  CHECK(HasLine(text, "# TYPE railhook_admission_requests_total counter"));
  CHECK(HasLine(text, "# TYPE railhook_admission_request_duration_seconds histogram"));
  CHECK(text.ends_with("\n"));
}

TEST_CASE("a version of odd characters stays one label") {
  CHECK(HasLine(Metrics("1\"\\\n2").Text(), R"(railhook_build_info{version="1\"\\\n2"} 1)"));
}

TEST_CASE("threads may count while others read") {
  Metrics metrics("x");
  metrics.AddGauge("railhook_gauge", "A gauge.", [] { return 1.0; });
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n)
          metrics.CountAdmission(n % 2 == 0 ? "allowed" : "injected", 200, 0.001);
      });
    }
    for (int n = 0; n < 20; ++n) CHECK(metrics.Text().ends_with("\n"));
  }
  CHECK(HasLine(metrics.Text(), CountLine("allowed", "200", "2000")));
  CHECK(HasLine(metrics.Text(), CountLine("injected", "200", "2000")));
  CHECK(HasLine(metrics.Text(), "railhook_admission_request_duration_seconds_count 4000"));
}

}  // namespace
}  // namespace railhook

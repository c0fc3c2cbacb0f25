#include "bench/served.h"

#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "bench/crowds.h"
#include "bench/workload.h"
#include "certs/directory_source.h"
#include "cli/pod_handler.h"
#include "tests/webhook/server/raw_client.h"
#include "webhook/admission/review.h"
#include "webhook/server/admission_endpoint.h"
#include "webhook/server/http_server.h"

namespace railhook {
namespace {

constexpr std::string_view kMutate = "/mutate-pods";
constexpr std::string_view kFloor = "/floor";
constexpr auto kPause = std::chrono::milliseconds(25);

double CpuMicroseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

HttpEndpoint FloorEndpoint(std::string answer) {
  return {"POST", std::string(kFloor), [answer = std::move(answer)](const HttpRequest& request) {
            const bool read = ParseAdmissionReview(request.body).has_value();
            return HttpResponse{.status = read ? 200 : 400, .body = answer, .headers = {}};
          }};
}

double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return took.count();
}

std::string Post(std::string_view path, const std::string& body) {
  return "POST " + std::string(path) +
         "?timeout=5s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A server and its kept-alive clients.
class Bench {
 public:
  static Result<std::unique_ptr<Bench>> Start(const std::string& review, const RailIndex& index,
                                              int clients) {
    std::unique_ptr<Bench> bench(new Bench(review, index));
    bench->certificates_ = TRY(MakeThrowawayCertificate({{"localhost"}, {"127.0.0.1"}}));
    const auto mutate = bench->MutateEndpoint();
    const std::string answer =
        std::get<HttpResponse>(mutate.handler({std::string(kMutate), review})).body;
    const HttpServerOptions patient{.most_wait = std::chrono::minutes(1)};  // all is measured
    bench->server_ = TRY(
        HttpServer::Start(patient, bench->certificates_.get(), {mutate, FloorEndpoint(answer)}));
    for (int i = 0; i < clients; ++i) {
      bench->clients_.push_back(
          std::make_unique<RawClient>(bench->server_->port(), RawClient::Over::kTls));
    }
    return bench;
  }

  Result<> MeasureTurn(ServedTimes& times, int requests) {
    TRY(Measure(kMutate, requests, times.mutate));
    return Measure(kFloor, requests, times.floor);
  }

  Result<> MeasureCrowdedTurn(CrowdedTimes& times, const CrowdedLoad& crowded,
                              const std::string& long_review) {
    times.quiet.push_back(TRY(Slowest(crowded.load.requests)));
    {
      const SlowClients slow(server_->port(), crowded.slow);
      times.beside_slow.push_back(TRY(Slowest(crowded.load.requests)));
    }
    const GreedyClient greedy(server_->port(), Post(kMutate, long_review));
    times.beside_greedy.push_back(TRY(Slowest(crowded.load.requests)));
    return {};
  }

 private:
  Bench(const std::string& review, const RailIndex& index)
      : review_(review), index_(index), metrics_("bench") {}

  HttpEndpoint MutateEndpoint() {
    const std::shared_ptr<const RailIndex> rails(&index_, [](const RailIndex*) {});
    const auto config = std::make_shared<const InjectConfig>();
    return AdmissionEndpoint(
        std::string(kMutate),
        MakePodHandler({[rails] { return rails; }, [config] { return config; }, {}}, metrics_));
  }

  // All clients ask at once, each `requests` times.
  Result<> Measure(std::string_view path, int requests, ServedFigures& figures) {
    const std::string request = Post(path, review_);
    std::atomic<int> failures = 0;
    std::atomic<double> client_cpu = 0;
    const auto start = std::chrono::steady_clock::now();
    const double cpu = CpuMicroseconds(CLOCK_PROCESS_CPUTIME_ID);
    {
      std::vector<std::jthread> threads;
      for (const auto& client : clients_) {
        threads.emplace_back([&] {
          for (int i = 0; i < requests; ++i) failures += client->Ask(request).status == 200 ? 0 : 1;
          client_cpu += CpuMicroseconds(CLOCK_THREAD_CPUTIME_ID);
        });
      }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (failures > 0)
      return Fail(ErrorCode::kUnavailable, std::to_string(failures) + " requests failed");
    const double total = requests * static_cast<double>(clients_.size());
    figures.requests_per_second.push_back(total / took.count());
    figures.server_microseconds.push_back(
        (CpuMicroseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu - client_cpu) / total);
    return {};
  }

  // What 99 of 100 requests take at most, in milliseconds, with pauses between them.
  Result<double> Slowest(int requests) {
    const std::string request = Post(kMutate, review_);
    std::vector<Samples> waits(clients_.size());
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < clients_.size(); ++i) {
        threads.emplace_back([&, i] {
          for (int n = 0; n < requests; ++n) {
            std::this_thread::sleep_for(kPause);
            const auto start = std::chrono::steady_clock::now();
            failures += clients_[i]->Ask(request).status == 200 ? 0 : 1;
            waits[i].push_back(MillisecondsSince(start));
          }
        });
      }
    }
    if (failures > 0)
      return Fail(ErrorCode::kUnavailable, std::to_string(failures) + " requests failed");
    Samples all;
    for (const auto& some : waits) all.insert(all.end(), some.begin(), some.end());
    return Percentile(std::move(all), 0.99);
  }

  const std::string& review_;
  const RailIndex& index_;
  Metrics metrics_;
  std::unique_ptr<CertificateSource> certificates_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::unique_ptr<RawClient>> clients_;
};

}  // namespace

Result<ServedTimes> MeasureServed(const std::string& review, const RailIndex& index,
                                  const Load& load) {
  const auto bench = TRY(Bench::Start(review, index, load.clients));
  ServedTimes warm_up, times;
  TRY(bench->MeasureTurn(warm_up, load.requests));
  for (int turn = 0; turn < load.turns; ++turn) TRY(bench->MeasureTurn(times, load.requests));
  return times;
}

Result<CrowdedTimes> MeasureCrowded(const std::string& review, const RailIndex& index,
                                    const CrowdedLoad& crowded) {
  const auto bench = TRY(Bench::Start(review, index, crowded.load.clients));
  const std::string long_review = TRY(LongReview(review));
  CrowdedTimes warm_up, times;
  TRY(bench->MeasureCrowdedTurn(warm_up, crowded, long_review));
  for (int turn = 0; turn < crowded.load.turns; ++turn) {
    TRY(bench->MeasureCrowdedTurn(times, crowded, long_review));
  }
  return times;
}

}  // namespace railhook

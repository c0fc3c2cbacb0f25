#include "webhook/server/http_server.h"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "webhook/server/event_loop.h"
#include "webhook/server/listener.h"
#include "webhook/server/server_state.h"

namespace railhook {
namespace {

using std::chrono::milliseconds;

constexpr rlim_t kOtherDescriptors = 32;
constexpr milliseconds kLookAgain{20};
constexpr milliseconds kLongestLeave{2'000};

// Evicting at a limit of our own is better than running out of file descriptors.
HttpServerOptions WithinFileLimit(HttpServerOptions options) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return options;
  const std::size_t possible = std::max(limit.rlim_cur, kOtherDescriptors + 1) - kOtherDescriptors;
  auto& wanted = options.max_connections;
  if (possible >= wanted) return options;
  auto& per_address = options.max_connections_per_address;
  per_address = std::max<std::size_t>(per_address * possible / wanted, 1);
  wanted = possible;
  return options;
}

}  // namespace

struct HttpServer::Impl {
  Impl(HttpServerOptions options, std::vector<HttpEndpoint> endpoints)
      : state(WithinFileLimit(std::move(options)), std::move(endpoints)) {}

  ~Impl() {
    for (auto& loop : loops) loop->Stop();
    threads.clear();  // joins them; nothing is given to the workers after that
    state.long_bodies.Finish();
    state.workers.Finish();
  }

  void Start(FileDescriptor listening, CertificateSource* certificates,
             const TlsPolicySource& policies) {
    const int count = std::max(state.options.threads, 1);
    std::vector<EventLoop*> all;
    for (int i = 0; i < count; ++i) {
      loops.push_back(std::make_unique<EventLoop>(state, certificates, policies));
      all.push_back(loops.back().get());
    }
    stop_accepting = AcceptOn(std::move(listening), state.connections, all);
    for (auto* loop : all) threads.emplace_back([loop] { loop->Run(); });
  }

  void AwaitQuiet(milliseconds quiet, milliseconds patience) {
    const auto began = SteadyClock::now();
    auto now = began;
    while (state.connections.count() > 0 && now < began + patience) {
      state.connections.AwaitNone(kLookAgain);
      now = SteadyClock::now();
      if (now >= began + quiet && state.requests.NoneSince(now - quiet)) return;
    }
  }

  ServerState state;
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<EventLoop>> loops;
  std::function<void()> stop_accepting;  // gone before the loops
  std::vector<std::jthread> threads;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      CertificateSource* certificates,
                                                      std::vector<HttpEndpoint> endpoints,
                                                      TlsPolicySource policies) try {
  auto listening = TRY(Listen(options.address, options.port));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(endpoints));
  impl->port = PortOf(listening);
  impl->Start(std::move(listening), certificates, policies);
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
} catch (const std::exception& exception) {  // from Asio or std::thread: descriptors, memory
  return Fail(ErrorCode::kUnavailable, std::string("can't start a server: ") + exception.what());
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port; }

void HttpServer::BeginDrain() { impl_->state.stage = Stage::kLeaving; }

void HttpServer::BeginRefusing() { impl_->state.stage = Stage::kRefusing; }

void HttpServer::Finish(milliseconds quiet, milliseconds patience) {
  impl_->AwaitQuiet(quiet, patience);
  impl_->stop_accepting();
  for (auto& loop : impl_->loops) loop->DismissIdle();
  impl_->state.connections.AwaitNone(kLongestLeave);
}

std::size_t HttpServer::connections() const { return impl_->state.connections.count(); }

std::uint64_t HttpServer::refusals(RefusalReason reason) const {
  return impl_->state.refusals.count(reason);
}

}  // namespace railhook

#include "webhook/server/connection.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "webhook/server/handler_call.h"
#include "webhook/server/http_answer.h"
#include "webhook/server/route.h"

namespace railhook {
namespace {

namespace asio = boost::asio;

constexpr auto kHangUpDeadline = std::chrono::seconds(2);
constexpr std::size_t kUnclaimedBody = 16
                                       << 10;  // as much as may wait in a connection's input anyway
constexpr int kLengthRequired = 411;  // who forgets the length may send a body all the same

// API servers ask again after so many seconds, on a new connection where this one is closed.
HttpResponse AskAgain(int status, std::string_view seconds, std::string_view why) {
  HttpResponse again = Refusal(status, why);
  again.headers.emplace_back("Retry-After", seconds);
  return again;
}

HttpResponse GoElsewhere() { return AskAgain(503, "0", "this server is ending"); }

// Half of the caller's time stays for the answer, and for asking again.
std::chrono::nanoseconds MostWait(const HttpServerOptions& options, const RequestHead& head) {
  const std::chrono::nanoseconds most = options.most_wait;
  return head.timeout ? std::min(most, std::chrono::nanoseconds(*head.timeout) / 2) : most;
}

bool HasBody(const RequestHead& head) { return head.content_length.value_or(0) > 0; }

}  // namespace

Connection::Connection(Roster& roster, asio::io_context& io, ServerState& state,
                       FileDescriptor socket, SSL_CTX* tls, ConnectionTable::Ticket ticket)
    : Entry(roster, std::move(ticket)), state_(state), stream_(io, std::move(socket), tls) {
  Enter(Phase::kHandshake, SteadyClock::now() + state.options.handshake_deadline);
}

asio::awaitable<void> Connection::Serve() {
  const bool met = co_await stream_.Handshake();
  if (!met) co_return NoteRefusedClient();
  auto next = Next::kAnotherRequest;
  while (next == Next::kAnotherRequest) next = co_await ServeOne();
  if (next == Next::kGone) co_return;
  Enter(Phase::kHangingUp, SteadyClock::now() + kHangUpDeadline);
  co_await stream_.HangUp();
}

void Connection::NoteRefusedClient() {
  const auto fault = stream_.ClientFault();
  if (fault.empty()) return;
  state_.refusals.Count(RefusalReason::kClientCertificate);
  if (!state_.client_complaints.LetsPass()) return;
  Log(LogLevel::kWarning, "refused a client", {{"address", stream_.Peer()}, {"error", fault}});
}

asio::awaitable<Connection::Next> Connection::ServeOne() {
  const bool asked = co_await AwaitFirstByte();
  if (!asked) co_return co_await TakeLeave();
  const RequestActivity::Request under_way(state_.requests);
  Exchange exchange(state_);
  exchange.refused = state_.stage == Stage::kRefusing;
  const bool received = co_await Receive(exchange);
  if (!received) co_return Next::kGone;
  const bool answered = co_await Answer(exchange);
  if (!answered) co_return Next::kGone;
  co_return exchange.response.close ? Next::kHangUp : Next::kAnotherRequest;
}

// A client that sends a request at this moment takes this for its answer. All others see that the
// connection is of no use any more.
asio::awaitable<Connection::Next> Connection::TakeLeave() {
  if (!dismissed_) co_return Next::kGone;
  Enter(Phase::kAnswering, SteadyClock::now() + kHangUpDeadline);
  const auto bytes = Serialize(GoElsewhere(), BodyForm::kWhole, std::time(nullptr));
  const bool told = co_await stream_.Write(bytes);
  co_return told ? Next::kHangUp : Next::kGone;
}

asio::awaitable<bool> Connection::AwaitFirstByte() {
  began_ = SteadyClock::now();
  if (!input_.empty()) {  // pipelined
    co_await stream_.Yield();
    co_return true;
  }
  std::string().swap(input_);  // gives its memory back while idle
  Enter(Phase::kIdle, began_ + state_.options.idle_deadline);
  const bool read = co_await stream_.Read(input_);
  began_ = SteadyClock::now();
  co_return read;
}

// False: the client has gone. Otherwise the endpoint is set, or the response is.
asio::awaitable<bool> Connection::Receive(Exchange& exchange) {
  const auto deadline = std::min(state_.options.header_deadline, state_.options.request_deadline);
  Enter(Phase::kReceiving, began_ + deadline);
  const bool head = co_await ReceiveHead(exchange);
  if (!head || !exchange.endpoint) co_return head;
  Enter(Phase::kReceiving, began_ + state_.options.request_deadline);
  co_return co_await ReceiveBody(exchange);
}

asio::awaitable<bool> Connection::ReceiveHead(Exchange& exchange) {
  std::size_t searched = 0;
  for (;;) {
    const auto length = HeaderLength(input_, searched, state_.options.max_header_bytes);
    if (!length) {
      exchange.response = length.error();
      co_return true;
    }
    if (*length > 0) {
      Accept(exchange, ParseHead(std::string_view(input_).substr(0, *length)));
      input_.erase(0, *length);
      co_return true;
    }
    const bool read = co_await stream_.Read(input_);
    if (!read) co_return false;
  }
}

void Connection::Accept(Exchange& exchange, OrRefusal<RequestHead> head) {
  if (!head) {
    exchange.response = std::move(head).error();
    return;
  }
  exchange.head = std::move(*head);
  auto endpoint = Route(state_.endpoints, exchange.head, state_.options.max_body_bytes);
  if (endpoint) {
    exchange.endpoint = *endpoint;
    return;
  }
  exchange.response = std::move(endpoint).error();
  const bool whole = !HasBody(exchange.head) && exchange.response.status != kLengthRequired;
  exchange.response.close = !whole || !exchange.head.keep_alive;
}

asio::awaitable<bool> Connection::ReceiveBody(Exchange& exchange) {
  const auto length = exchange.head.content_length.value_or(0);
  if (exchange.head.expects_continue && input_.size() < length) {
    const bool told = co_await stream_.Write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!told) co_return false;
  }
  while (TakeBody(exchange)) {
    const bool read = co_await stream_.Read(input_);
    if (!read) co_return false;
  }
  co_return true;
}

// Moves what has come of the body out of the input. Whether more is to come; false also where there
// is no room for it.
bool Connection::TakeBody(Exchange& exchange) {
  const auto length = exchange.head.content_length.value_or(0);
  const auto here = std::min(input_.size(), length - exchange.body.size());
  const auto whole = exchange.body.size() + here;
  if (whole > kUnclaimedBody) {
    if (!exchange.claim.GrowTo(whole)) {
      exchange.endpoint = nullptr;
      exchange.response = PutOff(RefusalReason::kMemory, "too much is being received just now");
      exchange.response.close = true;  // the rest of the body would come as another request
      return false;
    }
    exchange.body.reserve(length);  // pages that nothing is written to cost nothing
  }
  exchange.body.append(input_, 0, here);
  input_.erase(0, here);
  return whole < length;
}

HttpResponse Connection::PutOff(RefusalReason reason, std::string_view why) {
  state_.refusals.Count(reason);
  HttpResponse later = AskAgain(429, "1", why);
  later.close = false;
  return later;
}

// The answer to a request that comes too late to be handled.
std::optional<HttpResponse> Connection::TurnDown(Exchange& exchange) {
  if (exchange.refused) {
    state_.refusals.Count(RefusalReason::kDraining);
    return GoElsewhere();
  }
  const auto left = MostWait(state_.options, exchange.head) - stream_.Age();
  exchange.handle_by = SteadyClock::now() + std::chrono::duration_cast<SteadyClock::duration>(left);
  if (left < left.zero() && exchange.endpoint->method == "POST")
    return PutOff(RefusalReason::kOverload, "too much is to be done just now");
  return std::nullopt;
}

asio::awaitable<void> Connection::Handle(Exchange& exchange) {
  auto outcome = co_await Call(exchange);
  if (const auto* late = std::get_if<LateHttpResponse>(&outcome)) {
    const bool made = co_await state_.workers.Run(
        [&exchange, late] { exchange.response = MakeLate(*exchange.endpoint, *late); },
        exchange.handle_by);
    if (made) co_return;
    exchange.response = PutOff(RefusalReason::kOverload, "too much is waited for just now");
  } else {
    exchange.response = std::move(std::get<HttpResponse>(outcome));
  }
}

asio::awaitable<void> Connection::Respond(Exchange& exchange) {
  if (auto refusal = TurnDown(exchange)) {
    exchange.response = std::move(*refusal);
  } else {
    co_await Handle(exchange);
  }
  exchange.claim.GiveBack();
  exchange.handling.GiveBack();
  exchange.response.close = exchange.response.close || !exchange.head.keep_alive;
}

// The handler's outcome. What takes long to read is given to a worker, to be freed there too.
asio::awaitable<HttpOutcome> Connection::Call(Exchange& exchange) {
  std::optional<HttpOutcome> outcome;
  const auto call = [this, &exchange, &outcome] { outcome = CallWithMemory(exchange); };
  if (exchange.body.size() > kLongBody) {
    co_await state_.long_bodies.Run(call, exchange.handle_by);
  } else {
    call();
  }
  if (outcome) co_return std::move(*outcome);
  co_return PutOff(RefusalReason::kOverload, "too many long bodies are being read just now");
}

// On any thread.
HttpOutcome Connection::CallWithMemory(Exchange& exchange) {
  const auto& memory = exchange.endpoint->memory;
  if (memory && !exchange.handling.GrowTo(memory(exchange.body)))
    return PutOff(RefusalReason::kMemory, "too much is being answered just now");
  const HttpRequest request{exchange.head.path, std::move(exchange.body)};
  auto outcome = CallHandler(*exchange.endpoint, request);
  if (std::holds_alternative<HttpResponse>(outcome)) exchange.handling.GiveBack();
  return outcome;
}

asio::awaitable<bool> Connection::Answer(Exchange& exchange) {
  auto& response = exchange.response;
  if (exchange.endpoint) co_await Respond(exchange);
  response.close = response.close || state_.stage != Stage::kServing;
  const auto form = exchange.head.method == "HEAD" ? BodyForm::kLengthOnly : BodyForm::kWhole;
  const auto bytes = Serialize(response, form, std::time(nullptr));
  Enter(Phase::kAnswering, began_ + state_.options.request_deadline);
  if (exchange.endpoint) Prove();  // whoever has heard the answer is safe from floods already
  const bool written = co_await stream_.Write(bytes);
  if (written) state_.answers.Count(response.status);
  co_return written;
}

void Connection::Dismiss() {
  dismissed_ = true;
  stream_.Interrupt();
}

void Connection::Cut() {
  stream_.Cut(phase() == Phase::kAnswering ? Stream::Manner::kWithReset
                                           : Stream::Manner::kPolitely);
}

}  // namespace railhook

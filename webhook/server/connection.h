#pragma once
// One client's connection, from the handshake to the end: the coroutine that reads requests and
// writes answers.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "webhook/server/http_head.h"
#include "webhook/server/roster.h"
#include "webhook/server/server_state.h"
#include "webhook/server/stream.h"

namespace railhook {

class Connection : public Roster::Entry {
 public:
  // `tls`: null to talk in the clear.
  Connection(Roster& roster, boost::asio::io_context& io, ServerState& state, FileDescriptor socket,
             SSL_CTX* tls, ConnectionTable::Ticket ticket);

  // Returns when the connection is over. Call once.
  boost::asio::awaitable<void> Serve();

 private:
  struct Exchange {
    explicit Exchange(BodyBudget& budget) : claim(budget) {}

    bool refused = false;  // begun when the server refused requests already
    RequestHead head;
    const HttpEndpoint* endpoint = nullptr;  // null while the request is not accepted
    std::string body;
    BodyBudget::Claim claim;
    SteadyClock::time_point handle_by;  // later than this the caller has waited for too long
    HttpResponse response;
  };
  enum class Next { kAnotherRequest, kHangUp, kGone };

  void NoteRefusedClient();
  boost::asio::awaitable<Next> ServeOne();
  boost::asio::awaitable<Next> TakeLeave();
  boost::asio::awaitable<bool> AwaitFirstByte();
  boost::asio::awaitable<bool> Receive(Exchange& exchange);
  boost::asio::awaitable<bool> ReceiveHead(Exchange& exchange);
  boost::asio::awaitable<bool> ReceiveBody(Exchange& exchange);
  std::optional<HttpResponse> TurnDown(Exchange& exchange);
  boost::asio::awaitable<void> Handle(Exchange& exchange);
  boost::asio::awaitable<void> Respond(Exchange& exchange);
  HttpResponse PutOff(RefusalReason reason, std::string_view why);
  boost::asio::awaitable<HttpOutcome> Call(Exchange& exchange);
  boost::asio::awaitable<bool> Answer(Exchange& exchange);
  void Accept(Exchange& exchange, OrRefusal<RequestHead> head);
  bool TakeBody(Exchange& exchange);
  HttpOutcome CallWithMemory(Exchange& exchange);
  void Cut() override;
  void Dismiss() override;

  ServerState& state_;
  Stream stream_;
  bool dismissed_ = false;
  std::string input_;              // received and not used yet
  SteadyClock::time_point began_;  // the request under way
};

}  // namespace railhook

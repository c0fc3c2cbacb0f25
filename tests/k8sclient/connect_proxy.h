#pragma once
// An HTTP proxy on a free port of this machine that leads everybody to one port.

#include <poll.h>

#include <array>
#include <mutex>
#include <string>
#include <vector>

#include "tests/k8sclient/scripted_server.h"

namespace railhook {

class ConnectProxy {
 public:
  // Answers CONNECT with `status`, such as "200 Connection established".
  ConnectProxy(int target, std::string status)
      : target_(target), status_(std::move(status)), server_([this](Peer& peer) { Serve(peer); }) {}

  int port() const { return server_.port(); }

  // The requests that came, to the empty line.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve(Peer& peer) {
    const auto request = peer.ReadRequest();
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    peer.Write("HTTP/1.1 " + status_ + "\r\n" +
               (status_.starts_with("200") ? "" : "Content-Length: 0\r\n") + "\r\n");
    if (status_.starts_with("200")) Join(peer.socket());
    if (status_.starts_with("407")) peer.ReadRequest();  // it waits for the password
  }

  void Join(int client) const {
    const int server = ConnectTo(target_);
    std::array<pollfd, 2> both{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) > 0) {
      if (both[0].revents && !Move(client, server)) break;
      if (both[1].revents && !Move(server, client)) break;
    }
    ::close(server);
  }

  static bool Move(int from, int to) {
    std::array<char, 1 << 14> block;
    const auto size = ::recv(from, block.data(), block.size(), 0);
    return size > 0 &&
           ::send(to, block.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
  }

  const int target_;
  const std::string status_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  ScriptedServer server_;  // last: it uses the others
};

}  // namespace railhook

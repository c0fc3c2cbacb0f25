#pragma once
// Threads for what may block, beside the event loops.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <functional>

namespace railhook {

class Workers {
 public:
  Workers(int threads, std::size_t most_waiting);

  // Does all that is waiting, and ends the threads. Call before what resumes is destroyed.
  void Finish();

  // Runs `work`, which must not throw, on a worker, and resumes on the caller's executor. False,
  // and `work` isn't run, where too much is waiting already or no worker is free by `latest`.
  boost::asio::awaitable<bool> Run(std::function<void()> work,
                                   std::chrono::steady_clock::time_point latest);

 private:
  const std::size_t most_waiting_;
  std::atomic<std::size_t> waiting_ = 0;
  boost::asio::thread_pool threads_;
};

}  // namespace railhook

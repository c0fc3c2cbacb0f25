#include "webhook/server/workers.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace railhook {

namespace asio = boost::asio;

Workers::Workers(int threads, std::size_t most_waiting)
    : most_waiting_(most_waiting), threads_(static_cast<std::size_t>(threads)) {}

void Workers::Finish() { threads_.join(); }

asio::awaitable<bool> Workers::Run(std::function<void()> work,
                                   std::chrono::steady_clock::time_point latest) {
  if (waiting_.fetch_add(1) >= most_waiting_) {
    --waiting_;
    co_return false;
  }
  const auto caller = co_await asio::this_coro::executor;
  bool in_time = false;
  auto start = [&](auto resume) {
    asio::post(threads_,
               [this, caller, latest, &work, &in_time, resume = std::move(resume)]() mutable {
                 in_time = std::chrono::steady_clock::now() <= latest;
                 if (in_time) work();
                 --waiting_;
                 asio::post(caller, std::move(resume));
               });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(start, asio::use_awaitable);
  co_return in_time;
}

}  // namespace railhook

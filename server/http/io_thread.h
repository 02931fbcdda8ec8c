#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "engine/base/random.h"

// One thread that talks to clients: its event loop, what other threads hand to it, and the deadlines of what waits on
// it. Coroutines run on the thread they were started on and nowhere else, so nothing that belongs to a connection has
// a lock.
namespace laterbase::http {

using Context = boost::asio::io_context;
using Executor = Context::executor_type;
template <typename T>
using Awaitable = boost::asio::awaitable<T, Executor>;
using UseAwaitable = boost::asio::use_awaitable_t<Executor>;
inline constexpr UseAwaitable use_awaitable{};
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

// Something that another thread hands over. It may be handed over again once arrive() has begun.
class Arrival {
 public:
  virtual ~Arrival() = default;
  virtual void arrive() noexcept = 0;

 private:
  friend class IoThread;
  Arrival* next_arrival_ = nullptr;
};

// Something with a deadline. Deadlines are swept, not timed one by one: passing one costs up to a sweep (a quarter of a
// second at most), setting one costs a store.
class Timed : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Timed() = default;
  virtual void deadline_passed() noexcept = 0;
  // The node is going down: what is idle ends now, what is at work ends after it.
  virtual void drain() noexcept = 0;

  static constexpr std::int64_t never = INT64_MAX;
  std::int64_t deadline_ms = never;
};

class IoThread {
 public:
  explicit IoThread(std::int64_t sweep_ms);
  ~IoThread();

  Context& context() noexcept { return context_; }
  Executor executor() noexcept { return context_.get_executor(); }
  std::int64_t now_ms() const noexcept { return now_us() / 1000; }
  std::int64_t now_us() const noexcept;
  Random& random() noexcept { return random_; }
  // The Date field's value, made once a second.
  std::string_view date();

  // From any thread; arrive() is called on this one. Many that come close together cost one wake-up.
  void deliver(Arrival& arrival) noexcept;

  // On this thread.
  void watch(Timed& timed) { timed_.push_back(timed); }
  bool draining() const noexcept { return draining_; }
  void drain_all() noexcept;

  void start();
  void stop();  // and join

 private:
  void collect() noexcept;
  void sweep();

  Context context_{1};
  boost::asio::executor_work_guard<Executor> work_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    Executor>
      timer_;
  std::int64_t sweep_ms_;
  std::atomic<Arrival*> arrivals_{nullptr};
  boost::intrusive::list<Timed, boost::intrusive::constant_time_size<false>> timed_;
  Random random_;
  std::int64_t date_second_ = 0;
  std::string date_;
  bool draining_ = false;
  std::thread thread_;
};

// A coroutine that waits to be resumed by arrive().
class Suspension {
 public:
  bool waiting() const noexcept { return handler_.has_value(); }
  void resume() {
    Handler handler = std::move(*handler_);
    handler_.reset();
    std::move(handler)();
  }
  Awaitable<void> wait() {
    return boost::asio::async_initiate<const UseAwaitable, void()>(
        [this](auto handler) { handler_.emplace(std::move(handler)); }, use_awaitable);
  }

 private:
  using Handler = boost::asio::async_result<UseAwaitable, void()>::handler_type;
  std::optional<Handler> handler_;
};

// Wakes one coroutine, from any thread, any number of times. Arm it, look whether what you wait for is there already,
// and then either disarm it or wait: so no wake-up is lost.
class Wakeup : private Arrival {
 public:
  explicit Wakeup(IoThread& thread) : thread_(thread) {}

  void arm() noexcept { armed_.store(true); }
  // False where a wake-up is on its way: then wait() for it.
  bool disarm() noexcept { return armed_.exchange(false); }
  void wake() noexcept {
    if (armed_.exchange(false)) thread_.deliver(*this);
  }
  Awaitable<void> wait() { return suspension_.wait(); }

 private:
  void arrive() noexcept override { suspension_.resume(); }

  IoThread& thread_;
  std::atomic<bool> armed_{false};
  Suspension suspension_;
};

}  // namespace laterbase::http

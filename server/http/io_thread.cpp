#include "server/http/io_thread.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <ctime>

namespace laterbase::http {

IoThread::IoThread(std::int64_t sweep_ms)
    : work_(context_.get_executor()), timer_(context_), sweep_ms_(sweep_ms), random_(random_seed()) {}

IoThread::~IoThread() { stop(); }

std::int64_t IoThread::now_us() const noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string_view IoThread::date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm parts{};
    gmtime_r(&now, &parts);
    date_.resize(32);
    date_.resize(std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  return date_;
}

void IoThread::deliver(Arrival& arrival) noexcept {
  Arrival* head = arrivals_.load(std::memory_order_relaxed);
  do {
    arrival.next_arrival_ = head;
  } while (!arrivals_.compare_exchange_weak(head, &arrival, std::memory_order_release, std::memory_order_relaxed));
  if (head == nullptr) boost::asio::post(context_, [this] { collect(); });
}

void IoThread::collect() noexcept {
  Arrival* newest = arrivals_.exchange(nullptr, std::memory_order_acquire);
  Arrival* oldest = nullptr;
  while (newest != nullptr) {
    Arrival* next = newest->next_arrival_;
    newest->next_arrival_ = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    Arrival* next = oldest->next_arrival_;  // arrive() may end the arrival's life
    oldest->arrive();
    oldest = next;
  }
}

void IoThread::drain_all() noexcept {
  draining_ = true;
  for (Timed& timed : timed_) timed.drain();
}

void IoThread::sweep() {
  const std::int64_t now = now_ms();
  for (Timed& timed : timed_) {
    if (timed.deadline_ms > now) continue;
    timed.deadline_ms = Timed::never;
    timed.deadline_passed();
  }
  timer_.expires_after(std::chrono::milliseconds(sweep_ms_));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void IoThread::start() {
  boost::asio::post(context_, [this] { sweep(); });
  thread_ = std::thread([this] { context_.run(); });
}

void IoThread::stop() {
  work_.reset();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace laterbase::http

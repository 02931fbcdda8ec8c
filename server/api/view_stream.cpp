#include "server/api/view_stream.h"

#include <array>

#include "server/api/event_text.h"
#include "server/http/problem.h"

namespace laterbase::api {
namespace {

std::string_view name_of(views::LiveMessage::Kind kind) {
  constexpr std::array<std::string_view, 5> names{"snapshot", "delta", "reset", "error", "patch"};
  return names[static_cast<std::size_t>(kind)];
}

void append_message(std::string& out, const views::LiveMessage& message) {
  out += "id: ";
  out += clock_text(message.epoch, message.lc);
  out.append("\nevent: ").append(name_of(message.kind)).append("\ndata: ");
  if (message.kind == views::LiveMessage::Kind::error)
    out += http::problem_json(http::problems::gone, message.data);
  else
    out += message.data;
  out += "\n\n";
}

}  // namespace

ViewStream::ViewStream(std::shared_ptr<views::Database> database, std::string relation,
                       std::atomic<std::uint64_t>& count, bool closes)
    : database_(std::move(database)), subscription_(std::move(relation), *this), count_(count), closes_(closes) {}

ViewStream::~ViewStream() {
  detach();
  if (subscribed_) database_->unsubscribe(subscription_);
  if (closes_) database_->close_tree(subscription_.relation);
  count_.fetch_sub(1);
}

views::Outcome<void> ViewStream::begin() {
  auto done = database_->subscribe(subscription_);
  subscribed_ = done.has_value();
  return done;
}

http::Source::Step ViewStream::fill(std::string& out) {
  if (!begun_) {
    begun_ = true;
    out += "retry: 1000\n\n";
  }
  news_ = false;
  std::vector<views::LiveMessage> messages;
  const bool goes_on = database_->poll(subscription_, messages);
  for (const views::LiveMessage& message : messages) append_message(out, message);
  if (!goes_on) return Step::end;
  return messages.empty() ? Step::wait : Step::more;
}

void ViewStream::attach(http::Wakeup& wakeup) {
  const std::lock_guard lock(mutex_);
  wakeup_ = &wakeup;
}

void ViewStream::detach() noexcept {
  const std::lock_guard lock(mutex_);
  wakeup_ = nullptr;
}

void ViewStream::feed_advanced() noexcept {
  const std::lock_guard lock(mutex_);
  news_ = true;
  if (wakeup_ != nullptr) wakeup_->wake();
}

void ViewStream::farewell(Why why, std::string& out) {
  const std::string_view detail = why == Why::draining   ? "This node is going down"
                                  : why == Why::too_slow ? "You fell too far behind"
                                                         : "The view can't be read on";
  out += "event: error\ndata: ";
  out += http::problem_json(
      http::problems::unavailable, std::string(detail) + "; connect again with Last-Event-ID to go on.",
      {{"last_event_id", std::string_view(clock_text(database_->root().epoch(), subscription_.at))}});
  out += "\n\n";
}

}  // namespace laterbase::api

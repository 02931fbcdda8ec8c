#include "tests/views_sql/tested_database.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace laterbase::sql {
namespace {

using Json = nlohmann::json;
using views::LiveMessage;

// Thousands of databases are made; a disk has better things to do.
std::unique_ptr<laterbase::tests::TempDir> make_directory() {
  if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
  return std::make_unique<laterbase::tests::TempDir>();
}

RootsOptions small_roots() {
  RootsOptions options;
  options.root.map_bytes = 64 << 20;
  options.root.min_free_bytes = 0;
  return options;
}

}  // namespace

std::vector<std::string> sorted_rows(const std::string& json) {
  std::vector<std::string> rows;
  for (const Json& row : Json::parse(json)) rows.push_back(row.dump());
  std::sort(rows.begin(), rows.end());
  return rows;
}

// A subscriber who replays what he is told.
struct TestedDatabase::Follower : views::FeedListener {
  explicit Follower(const std::string& relation) : subscription(relation, *this) {}
  void feed_advanced() noexcept override {}

  void take(const LiveMessage& message) {
    at_epoch = message.epoch;
    at_lc = message.lc;
    if (message.kind == LiveMessage::Kind::reset) serving = false;
    if (message.kind == LiveMessage::Kind::error) serving = false;
    if (message.kind == LiveMessage::Kind::snapshot) {
      rows = sorted_rows(Json::parse(message.data)["rows"].dump());
      serving = true;
    }
    if (message.kind == LiveMessage::Kind::delta) change(Json::parse(message.data));
  }

  void change(const Json& delta) {
    for (const Json& row : delta["del"]) {
      const auto found = std::find(rows.begin(), rows.end(), row.dump());
      if (found == rows.end())
        wrong = "a row goes that was not there: " + row.dump();
      else
        rows.erase(found);
    }
    for (const Json& row : delta["add"]) rows.push_back(row.dump());
  }

  views::Subscription subscription;
  bool subscribed = false;
  bool serving = false;
  std::vector<std::string> rows;
  std::string wrong;
  std::optional<Ulid> at_epoch;
  Lc at_lc = 0;
};

TestedDatabase::TestedDatabase() : directory_(make_directory()) { open(); }

TestedDatabase::~TestedDatabase() { close(); }

void TestedDatabase::open() {
  roots_ = open_roots(directory_->file("data"), small_roots(), system_clock());
  root_ = std::make_shared<views::tests::FaultyRoot>(roots_->create("d")->root);
  workers_ = std::make_unique<Workers>(1);
  views::DatabaseOptions options;
  options.save_least_bytes = std::uint64_t{1} << 40;  // only when it is told to
  database_ = std::make_shared<views::Database>(root_, *workers_, system_clock(), options);
}

// Without a save.
void TestedDatabase::close() {
  for (auto& [name, follower] : followers_) {
    if (follower->subscribed) database().unsubscribe(follower->subscription);
    follower->subscribed = false;
  }
  database_.reset();
  workers_.reset();
  root_.reset();
  roots_->close();
  roots_.reset();
}

// Who follows comes back and says how far he had come.
void TestedDatabase::begin_again() {
  close();
  open();
  for (auto& [name, follower] : followers_) {
    auto again = std::make_unique<Follower>(name);
    again->rows = std::move(follower->rows);
    again->serving = follower->serving;
    again->at_epoch = follower->at_epoch;
    again->at_lc = follower->at_lc;
    again->subscription.resume_epoch = follower->at_epoch;
    again->subscription.resume_lc = follower->at_lc;
    again->subscribed = database().subscribe(again->subscription).has_value();
    follower = std::move(again);
  }
}

void TestedDatabase::restart() {
  database().save();
  begin_again();
}

void TestedDatabase::crash(std::uint64_t nth) {
  if (nth > 0) {
    root_->plan().fail_at(nth, FailureCode::io, true);
    database().save();
    root_->plan().fail_at(0, FailureCode::io, false);
  }
  begin_again();
}

std::optional<SqlError> TestedDatabase::run(const std::string& text) {
  const auto answer = database().execute(text, {});
  if (answer) return std::nullopt;
  SqlError error = answer.error().sql;
  if (error.sqlstate.empty()) error.sqlstate = "?";
  return error;
}

void TestedDatabase::post(const std::string& json, std::int64_t ago_ms) {
  Batch batch;
  batch.payload = json;
  NewEvent event;
  event.at_ms = system_clock().wall_ms() - ago_ms;
  event.size = static_cast<std::uint32_t>(json.size());
  event.is_json = true;
  batch.events.push_back(event);
  if (!root_->append(std::move(batch))) throw std::runtime_error("the event was not taken");
}

TestedDatabase::Table TestedDatabase::read(const std::string& relation) {
  const auto page = database().read(relation, {});
  Table table;
  if (!page) {
    table.trouble = page.error().message();
    table.sqlstate = page.error().sql.sqlstate;
    return table;
  }
  return {page->schema, page->rows, views::page_json(*page), "", ""};
}

TestedDatabase::Table TestedDatabase::select(const std::string& query) {
  const auto answer = database().execute(query, {});
  Table table;
  if (answer)
    table.json = answer->results.back().rows;
  else
    table.trouble = answer.error().message();
  return table;
}

void TestedDatabase::follow(const std::string& relation) {
  auto& follower = followers_[relation];
  if (follower && follower->subscribed) return;
  follower = std::make_unique<Follower>(relation);
  follower->subscribed = database().subscribe(follower->subscription).has_value();
}

TestedDatabase::Followed TestedDatabase::followed(const std::string& relation) {
  Follower& follower = *followers_.at(relation);
  for (bool more = follower.subscribed; more;) {
    std::vector<LiveMessage> messages;
    const bool goes_on = database().poll(follower.subscription, messages);
    for (const LiveMessage& message : messages) follower.take(message);
    more = goes_on && !messages.empty();
    if (!goes_on) {
      database().unsubscribe(follower.subscription);
      follower.subscribed = false;
    }
  }
  std::vector<std::string> rows = follower.rows;
  std::sort(rows.begin(), rows.end());
  return {follower.serving, rows, follower.wrong};
}

std::vector<TestedDatabase::Entry> TestedDatabase::events() { return laterbase::tests::events_of(*root_); }

void TestedDatabase::merge(const std::vector<Entry>& events) { laterbase::tests::merge_into(*root_, events); }

}  // namespace laterbase::sql

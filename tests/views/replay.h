#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "views/database.h"

// What a subscriber has who replays what it is told.
namespace laterbase::views::tests {

struct Listener : FeedListener {
  void feed_advanced() noexcept override { ++told; }
  std::atomic<int> told{0};
};

struct Replay {
  std::vector<std::string> rows;

  void take(const LiveMessage& message) {
    const auto json = nlohmann::json::parse(message.data);
    if (message.kind == LiveMessage::Kind::snapshot) {
      rows.clear();
      for (const auto& row : json["rows"]) rows.push_back(row.dump());
    }
    if (message.kind != LiveMessage::Kind::delta) return;
    for (const auto& row : json["del"]) {
      const auto found = std::find(rows.begin(), rows.end(), row.dump());
      REQUIRE(found != rows.end());
      rows.erase(found);
    }
    for (const auto& row : json["add"]) rows.push_back(row.dump());
  }

  std::vector<std::string> sorted() const {
    auto all = rows;
    std::sort(all.begin(), all.end());
    return all;
  }

  // Of a relation as it is read: a JSON array.
  static std::vector<std::string> of(const std::string& text) {
    Replay replay;
    for (const auto& row : nlohmann::json::parse(text)) replay.rows.push_back(row.dump());
    return replay.sorted();
  }

  void poll(Database& database, Subscription& subscription) {
    for (;;) {
      std::vector<LiveMessage> messages;
      const bool goes_on = database.poll(subscription, messages);
      REQUIRE(goes_on);
      if (messages.empty()) return;
      for (const LiveMessage& message : messages) take(message);
    }
  }
};

}  // namespace laterbase::views::tests

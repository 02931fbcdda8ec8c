#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/views/replica.h"

// A tree as a subscriber has it: the snapshot, and each patch applied as RFC 6902 says, by somebody else's code.
namespace laterbase::tree::tests {

using Json = nlohmann::json;

class LiveTree : private views::FeedListener {
 public:
  LiveTree(views::Database& database, const std::string& text, const std::string& parameters = "")
      : database_(database), subscription_(open(database, text, parameters), *this) {
    REQUIRE(database_.subscribe(subscription_).has_value());
  }
  // A view of that name.
  LiveTree(const std::string& name, views::Database& database) : database_(database), subscription_(name, *this) {
    REQUIRE(database_.subscribe(subscription_).has_value());
  }
  ~LiveTree() override {
    database_.unsubscribe(subscription_);
    database_.close_tree(subscription_.relation);
  }
  LiveTree(const LiveTree&) = delete;
  LiveTree& operator=(const LiveTree&) = delete;

  const Json& poll() {
    for (;;) {
      std::vector<views::LiveMessage> messages;
      goes_on = database_.poll(subscription_, messages);
      if (messages.empty() || !goes_on) return document;
      for (const views::LiveMessage& message : messages) take(message);
    }
  }

  Json document;
  Json last_patch = Json::array();
  int snapshots = 0, patches = 0;
  bool goes_on = true;
  Lc at() const { return subscription_.at; }

 private:
  static std::string open(views::Database& database, const std::string& text, const std::string& parameters) {
    auto name = database.open_tree(text, parameters);
    REQUIRE((name ? std::string() : name.error().message()) == "");
    return *name;
  }
  void take(const views::LiveMessage& message) {
    if (message.kind == views::LiveMessage::Kind::snapshot) {
      document = Json::parse(message.data);
      ++snapshots;
    }
    if (message.kind != views::LiveMessage::Kind::patch) return;
    last_patch = Json::parse(message.data);
    ++patches;
    document = document.patch(last_patch);
  }
  void feed_advanced() noexcept override {}

  views::Database& database_;
  views::Subscription subscription_;
};

// What the tree is now, computed from nothing.
inline std::string fresh(views::Database& database, const std::string& text, const std::string& parameters = "") {
  const auto page = database.tree(text, parameters);
  return page ? page->tree : "!" + page.error().sql.sqlstate + " " + page.error().message();
}

}  // namespace laterbase::tree::tests

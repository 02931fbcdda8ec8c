#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/laterbase.h"
#include "server/library/messenger.h"
#include "server/node.h"

// What is behind Server: what a program said, and the node that runs with it.
namespace laterbase::library {

struct FoldCode {
  std::string name;
  std::shared_ptr<const folds::Reducer> reducer;
  FoldOptions options;
};

struct RootCode {
  std::string name;
  std::vector<FoldCode> folds;
  std::vector<std::pair<std::string, std::string>> views;
  std::vector<std::function<std::optional<std::string>(const Event&)>> validators;
  std::vector<std::function<void(const Commit&)>> followers;
};

struct RouteCode {
  std::string method, path;
  std::vector<std::string> names;  // of the path's parameters
  Access access = Access::read;
  std::function<Response(const Request&)> answer;
};

// Threads: as Server says.
class Core {
 public:
  explicit Core(Config config) : config_(std::move(config)) {}
  ~Core();

  std::shared_ptr<RootCode> code_of(const std::string& name);
  void add_route(RouteCode route);
  // Throws std::logic_error while it runs.
  void must_not_run() const;

  int run();
  void start();
  void stop();
  std::string url() const { return node_ ? node_->url() : ""; }

  // While it runs; throws std::logic_error otherwise, Refused where there is no such root.
  std::shared_ptr<Root> root(const std::string& name) const;
  std::shared_ptr<views::Database> database(const std::string& name) const;
  api::Services& services() const;
  Messenger& messenger() noexcept { return *messenger_; }
  // Why the event is refused.
  std::optional<std::string> validate(const std::string& name, const Event& event) const;

 private:
  std::shared_ptr<const config::Settings> settings() const;
  void open(const config::Settings& settings, bool signals);
  void close();
  api::Extensions extensions();
  std::vector<http::Route> routes(api::Services& services) const;
  void make_roots();

  Config config_;
  std::map<std::string, std::shared_ptr<RootCode>> roots_;
  std::list<RouteCode> routes_;  // their texts stay where they are
  api::Extensions extensions_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<Messenger> messenger_;
  std::thread thread_;
};

}  // namespace laterbase::library

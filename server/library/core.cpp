#include "server/library/core.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "config/print.h"
#include "engine/base/log.h"
#include "server/api/answers.h"
#include "server/api/view_answers.h"
#include "server/serve.h"
#include "views/fold_relation.h"

namespace laterbase::library {
namespace {

http::Method method_of(const std::string& name) {
  for (const auto method :
       {http::Method::get, http::Method::post, http::Method::put, http::Method::del, http::Method::patch})
    if (http::method_name(method) == name) return method;
  throw std::logic_error("a route's method is GET, POST, PUT, DELETE or PATCH, not " + name);
}

http::Role role_of(Access access) {
  constexpr std::array<http::Role, 4> roles{http::Role::none, http::Role::read, http::Role::write, http::Role::admin};
  return roles[static_cast<std::size_t>(access)];
}

std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1)) {
    const std::size_t end = path.find('}', at);
    if (end == std::string::npos) throw std::logic_error("a brace of the route " + path + " is not closed");
    names.push_back(path.substr(at + 1, end - at - 1));
  }
  if (names.size() > 3 || !path.starts_with('/'))
    throw std::logic_error("a route is a path that begins with / and has up to three parameters, not " + path);
  return names;
}

Request request_of(const RouteCode& route, const http::Exchange& exchange) {
  Request request{route.method,
                  std::string(exchange.head.path),
                  std::string(exchange.body),
                  std::string(exchange.head.content_type),
                  {}};
  for (const http::Param& param : exchange.query) request.parameters[param.name] = param.value;
  for (std::size_t i = 0; i < route.names.size(); ++i)
    request.parameters[route.names[i]] = std::string(exchange.path_param(i));
  return request;
}

// What the program's function gives, in HTTP.
http::Awaitable<void> answer(api::Services& services, const RouteCode& route, http::Exchange& exchange) {
  const Request request = request_of(route, exchange);
  std::optional<Response> response;
  std::optional<Refused> refused;
  const std::function<void()> work = [&] {
    try {
      response = route.answer(request);
    } catch (const Refused& refusal) {
      refused = refusal;
    }
  };
  co_await services.await_long(exchange, work);
  if (refused) {
    http::set_problem(exchange.reply, http::problem_of_status(refused->status()), refused->what());
    exchange.reply.status = refused->status();
    co_return;
  }
  exchange.reply.status = response->status;
  exchange.reply.body = std::move(response->body);
  exchange.reply.header("Content-Type", response->content_type);
}

}  // namespace

Core::~Core() { stop(); }

void Core::must_not_run() const {
  if (node_) throw std::logic_error("that has to be said before the server starts");
}

std::shared_ptr<RootCode> Core::code_of(const std::string& name) {
  if (!valid_root_name(name)) throw std::logic_error("\"" + name + "\" can't be a database's name");
  auto& code = roots_[name];
  if (!code) {
    must_not_run();
    code = std::make_shared<RootCode>();
    code->name = name;
  }
  return code;
}

void Core::add_route(RouteCode route) {
  must_not_run();
  method_of(route.method);
  route.names = names_in(route.path);
  routes_.push_back(std::move(route));
}

std::vector<http::Route> Core::routes(api::Services& services) const {
  std::vector<http::Route> all;
  for (const RouteCode& one : routes_) {
    http::Route route;
    route.method = method_of(one.method);
    route.pattern = one.path;
    route.role = role_of(one.access);
    const http::SuspendingHandler handler = [&services, &one](http::Exchange& exchange) {
      return answer(services, one, exchange);
    };
    route.handler = handler;
    route.doc.summary = "A route of the program's own";
    route.doc.query.push_back({"*", "What it takes"});
    route.doc.statuses.push_back(200);
    route.takes_body = route.method != http::Method::get && route.method != http::Method::del;
    all.push_back(std::move(route));
  }
  return all;
}

api::Extensions Core::extensions() {
  api::Extensions extensions;
  extensions.sources = [this](const std::string& database) {
    std::vector<views::SourceMaker> makers;
    const auto code = roots_.find(database);
    if (code == roots_.end()) return makers;
    for (const FoldCode& fold : code->second->folds)
      makers.push_back([&fold](views::LogReader& log) {
        return std::make_unique<views::FoldRelation>(fold.name, fold.reducer, log,
                                                     folds::FoldOptions{fold.options.copy_distance});
      });
    return makers;
  };
  extensions.views = [this](const std::string& database) {
    const auto code = roots_.find(database);
    return code == roots_.end() ? std::vector<std::pair<std::string, std::string>>{} : code->second->views;
  };
  extensions.validate = [this](const std::string& database, const Event& event) { return validate(database, event); };
  extensions.routes = [this](api::Services& services) { return routes(services); };
  return extensions;
}

std::optional<std::string> Core::validate(const std::string& name, const Event& event) const {
  const auto code = roots_.find(name);
  if (code == roots_.end()) return std::nullopt;
  try {
    for (const auto& validator : code->second->validators)
      if (auto reason = validator(event)) return reason;
  } catch (const std::exception& trouble) {
    return fmt::format("The validator failed: {}", trouble.what());
  }
  return std::nullopt;
}

std::shared_ptr<const config::Settings> Core::settings() const {
  std::vector<std::string> errors;
  auto settings = config_.load(errors);
  if (settings) return settings;
  std::string all;
  for (const std::string& error : errors) all += (all.empty() ? "" : "\n") + error;
  throw std::invalid_argument(all);
}

void Core::make_roots() {
  for (const auto& [name, code] : roots_) {
    const auto created = node_->roots().create(name);
    if (!created) throw std::runtime_error(created.error().detail);
    for (const auto& follow : code->followers) messenger_->follow_commits(created->root, follow);
  }
}

void Core::open(const config::Settings& settings, bool signals) {
  must_not_run();
  prepare_process();
  log::setup(static_cast<log::Level>(settings.log.level), static_cast<log::Format>(settings.log.format));
  extensions_ = extensions();
  node_ = std::make_unique<Node>(settings, NodeOptions{config_.has_http(), signals}, extensions_);
  messenger_ = std::make_unique<Messenger>();
  try {
    make_roots();
    node_->begin();
  } catch (...) {
    close();
    throw;
  }
}

void Core::close() {
  messenger_.reset();
  node_.reset();
}

int Core::run() {
  if (config_.wants_help()) {
    std::cout << config::help_text();
    return 0;
  }
  std::shared_ptr<const config::Settings> loaded;
  try {
    loaded = settings();
  } catch (const std::invalid_argument& wrong) {
    std::cerr << wrong.what() << '\n';
    return 2;
  }
  try {
    open(*loaded, true);
    announce(*node_);
    node_->run();
    close();
    log::info("down", {});
    return 0;
  } catch (const std::exception& trouble) {
    log::error("can't go on", {{"reason", trouble.what()}});
    close();
    return 1;
  }
}

void Core::start() {
  open(*settings(), false);
  thread_ = std::thread([this] { node_->run(); });
}

void Core::stop() {
  if (!thread_.joinable()) return;
  node_->stop();
  thread_.join();
  close();
}

std::shared_ptr<Root> Core::root(const std::string& name) const {
  const auto found = services().roots.find(name);
  if (!found) throw Refused(api::problem_of(found.error().code).status, found.error().detail);
  return *found;
}

std::shared_ptr<views::Database> Core::database(const std::string& name) const {
  return api::tables_of(services(), root(name));
}

api::Services& Core::services() const {
  if (!node_) throw std::logic_error("the server does not run");
  return node_->services();
}

}  // namespace laterbase::library

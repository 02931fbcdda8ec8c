#include "tests/namespaces/site.h"

#include <signal.h>

#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace laterbase::tests {
namespace {

constexpr std::uint16_t port = 7070;
const std::string token = "Bearer between-us";

}  // namespace

void NetworkSite::add_peer(const std::string& name, const std::string& url) {
  peers_ += "[[peers]]\nname = \"" + name + "\"\nurl = \"" + url + "\"\ntoken = \"between-us\"\ninterval_ms = 200\n";
}

std::string NetworkSite::url() const { return "http://" + address() + ":" + std::to_string(port); }

void NetworkSite::start() {
  const std::string tokens = "[[tokens]]\nname = \"us\"\ntoken = \"between-us\"\nroles = [\"admin\"]\n";
  write_file(directory_.file("node.toml"), tokens + peers_);
  Command command;
  command.arguments = network_.prefix(number_);
  for (const std::string& argument :
       {laterbase_program(), std::string("serve"), "--data=" + directory_.file("data"),
        "--listen=" + address() + ":" + std::to_string(port), "--config=" + directory_.file("node.toml"),
        std::string("--sync.timeout=2s"), std::string("--sync.max_back_off=1s")})
    command.arguments.push_back(argument);
  command.out = directory_.file("out");
  command.err = directory_.file("err");
  write_file(command.out, "");
  process_ = std::make_unique<Process>(command);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (read_file(command.out).find("listening") == std::string::npos) {
    if (!process_->running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("a node did not start: " + log());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (ask({.method = "PUT", .target = "/db/trucks", .body = "", .headers = {}}, 30'000).status / 100 != 2)
    throw std::runtime_error("no database");
}

void NetworkSite::kill() {
  process_->signal(SIGKILL);
  process_->wait(10'000);
}

Response NetworkSite::ask(Request request, int timeout_ms) {
  request.headers.emplace_back("Authorization", token);
  request.headers.emplace_back("Host", address());
  try {
    HttpConnection connection(address(), port, timeout_ms);
    return connection.ask(request);
  } catch (const BadAnswer&) {
  } catch (const Timeout&) {
  } catch (const std::system_error&) {
  }
  return {};
}

int NetworkSite::post(const std::string& lines) {
  return ask({.method = "POST",
              .target = "/db/trucks/e",
              .body = lines,
              .headers = {{"Content-Type", "application/vnd.laterbase+x-ndjson"}}},
             5'000)
      .status;
}

std::optional<Contents> NetworkSite::contents() {
  const Response answer = ask(
      {.method = "GET", .target = "/db/trucks/e?from=1970-01-01T00:00:00Z&limit=10000000", .body = "", .headers = {}},
      60'000);
  if (answer.status != 200) return std::nullopt;
  Contents all;
  const auto page = nlohmann::json::parse(answer.body);
  for (const auto& event : page["events"]) all[event["key"]] = event["value"];
  return all;
}

}  // namespace laterbase::tests

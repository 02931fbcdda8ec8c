#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/program/commands.h"
#include "tests/support/seed.h"

namespace laterbase::tests {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("what is posted is read back by feed, range and get") {
  SteadyNode node;
  const std::string file = node.directory().file("in.ndjson");
  write_file(file,
             "{\"at\":\"2001-01-01T00:00:00Z\",\"value\":{\"n\": "
             "1.0}}\n{\"base64\":\"/wA=\",\"at\":\"2000-01-01T00:00:00Z\"}\n");
  const auto posted = node.run({"post", "--db", "x", "--create", "--format", "envelopes", file});
  CAPTURE(posted.err);
  REQUIRE(posted.exit_code == 0);
  REQUIRE(json::parse(posted.out)["stored"] == 2);

  const auto feed = lines_of(node.run({"feed", "--db", "x", "--order", "lc"}).out);
  REQUIRE(feed.size() == 2);
  REQUIRE(feed[0]["at"] == "2001-01-01T00:00:00.000Z");
  REQUIRE(feed[1]["base64"] == "/wA=");
  REQUIRE(lines_of(node.run({"feed", "--db", "x", "--from-lc", "1"}).out) == std::vector<json>{feed[1]});

  const auto range = lines_of(node.run({"range", "--db", "x"}).out);
  REQUIRE(range == std::vector<json>{feed[1], feed[0]});
  REQUIRE(lines_of(node.run({"range", "--db", "x", "--from", "2000-01-01", "--to", "2000-01-01"}).out).size() == 1);

  const std::string key = feed[0]["key"], other = feed[1]["key"];
  REQUIRE(node.run({"get", "--db", "x", key}).out == "{\"n\": 1.0}");
  REQUIRE(node.run({"get", "--db", "x", other}).out == std::string("\xff\0", 2));
  const auto some = node.run({"get", "--db", "x", key, "01ARZ3NDEKTSV4RRFFQ69G5FAV"});
  REQUIRE(some.exit_code == 1);
  REQUIRE(lines_of(some.out) == std::vector<json>{feed[0]});
  REQUIRE(json::parse(node.run({"info", "--db", "x"}).out)["lc"] == 2);
  REQUIRE(node.run({"health"}).exit_code == 0);
  REQUIRE(node.stop().exit_code == 0);
  REQUIRE(node.run({"health"}).exit_code == 1);
  REQUIRE(node.run({"info"}).exit_code == 3);
}

TEST_CASE("posting and following go on through kill -9: nothing twice, nothing left out") {
  const std::uint64_t seed = test_seed(), events = test_size(60'000, 300'000), kills = test_size(2, 20);
  CAPTURE(seed);
  Random random(seed);
  SteadyNode node;
  const std::string file = node.directory().file("in.ndjson");
  std::string text;
  for (std::uint64_t i = 0; i < events; ++i) text += fmt::format("{{\"i\":{}}}\n", i);
  write_file(file, text);

  REQUIRE(node.run({"post", "--db", "x", "--create", "--batch", "1", "--skip", std::to_string(events - 1), file})
              .exit_code == 0);
  const auto follower = node.begin("follower", {"feed", "--db", "x", "--follow", "-n", std::to_string(events + 1)});
  const auto poster = node.begin("poster", {"post", "--db", "x", "--batch", "100", file});
  std::uint64_t fired = 0;
  for (std::uint64_t kill = 0; kill < kills && poster->running(); ++kill) {
    const std::size_t wait_for = count_lines(follower->out()) + 1 + random.below(events / (2 * kills));
    while (poster->running() && count_lines(follower->out()) < wait_for)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    fired += poster->running() ? 1 : 0;
    node.kill();
    node.start();
  }
  const auto posted = poster->wait(300'000), followed = follower->wait(300'000);
  CAPTURE(posted.err, followed.err);
  REQUIRE(fired > 0);
  REQUIRE(posted.exit_code == 0);
  REQUIRE(followed.exit_code == 0);
  const auto summary = json::parse(posted.out);
  REQUIRE(summary["stored"].get<std::uint64_t>() + summary["known"].get<std::uint64_t>() == events);
  REQUIRE(json::parse(node.run({"info", "--db", "x"}).out)["events"] == events + 1);

  const auto seen = lines_of(followed.out);
  REQUIRE(seen.size() == events + 1);
  for (std::uint64_t i = 0; i <= events; ++i) {
    REQUIRE(seen[i]["lc"] == i + 1);
    REQUIRE(seen[i]["value"]["i"] == (i == 0 ? events - 1 : i - 1));
  }
}

TEST_CASE("a backup is restored under another name, in another place") {
  SteadyNode node;
  const std::string in = node.directory().file("in"), copy = node.directory().file("x.backup");
  write_file(in, "1\n2\n3\n");
  REQUIRE(node.run({"post", "--db", "x", "--create", in}).exit_code == 0);
  REQUIRE(node.run({"backup", "--db", "x", copy}).exit_code == 0);
  REQUIRE(node.run({"backup", "--db", "x", copy}).exit_code == 2);
  REQUIRE(run({"restore", copy, "--data", node.data(), "--db", "y"}).exit_code != 0);  // the node has it open
  const auto before = node.run({"feed", "--db", "x"}).out;
  REQUIRE(node.stop().exit_code == 0);
  const auto restored = run({"restore", copy, "--data", node.data(), "--db", "y"});
  CAPTURE(restored.err);
  REQUIRE(restored.exit_code == 0);
  REQUIRE(run({"restore", copy, "--data", node.data(), "--db", "y"}).exit_code == 1);  // is there already
  REQUIRE(run({"restore", in, "--data", node.data(), "--db", "z"}).exit_code == 1);    // is no backup
  node.start();
  REQUIRE(node.run({"feed", "--db", "y"}).out == before);
}

TEST_CASE("over TLS a node is trusted by its certificate, and a client by its token") {
  const std::string certificate = "tests/program/test_certificate.pem";
  SteadyNode node({"--tls.certificate=" + certificate, "--tls.key=tests/program/test_key.pem",
                   R"(--tokens=[{name = "ops", token = "secret", roles = ["read", "write", "admin"]},)"
                   R"({name = "reader", token = "public", roles = ["read"]}])"});
  REQUIRE(node.url().starts_with("https://127.0.0.1:"));
  const std::string in = node.directory().file("in");
  write_file(in, "1\n");
  const auto stranger = node.run({"info"});
  REQUIRE(stranger.exit_code == 3);
  REQUIRE(stranger.err.find("its certificate is not one to trust") != std::string::npos);
  const auto nobody = node.run({"info", "--ca", certificate});
  REQUIRE(nobody.exit_code == 1);
  REQUIRE(nobody.err.find("--token") != std::string::npos);
  REQUIRE(node.run({"post", "--db", "x", "--create", "--ca", certificate, "--token", "secret", in}).exit_code == 0);
  REQUIRE(node.run({"post", "--db", "x", "--ca", certificate, "--token", "public", in}).exit_code == 1);
  REQUIRE(lines_of(node.run({"feed", "--db", "x", "--ca", certificate, "--token", "public"}).out).size() == 1);
  REQUIRE(node.run({"health", "--insecure"}).exit_code == 0);
}

TEST_CASE("a wrong configuration is told all at once, and nothing starts") {
  const TempDir directory;
  const std::string file = directory.file("node.toml");
  write_file(file, "[limits]\nmax_bdy = 1\nmax_keys = \"many\"\n");
  for (const auto* command : {"serve", "check-config"}) {
    const auto refused = run({command, "--config", file, "--data", directory.file("data"), "--listen=0.0.0.0:0"});
    REQUIRE(refused.exit_code == 2);
    REQUIRE(refused.out.empty());
    REQUIRE(refused.err.find(file + ":2:1: there is no setting limits.max_bdy; did you mean limits.max_body?\n") !=
            std::string::npos);
    REQUIRE(refused.err.find(file + ":3:1: limits.max_keys: \"many\" is not a whole number\n") != std::string::npos);
    REQUIRE(refused.err.find("--listen: listen: 0.0.0.0:0 lets everyone") != std::string::npos);
    REQUIRE_FALSE(std::filesystem::exists(directory.file("data")));
  }
  write_file(file, run({"check-config", "--print-defaults"}).out);
  REQUIRE(run({"check-config", "--config", file}).out == "ok\n");
  REQUIRE(run({"check-config", "--config", file, "--print", "--limits.max_keys=7"}).out.find("\nmax_keys = 7\n") !=
          std::string::npos);
}

TEST_CASE("help walks in: every command is named and explains itself") {
  const auto help = run({"--help"});
  REQUIRE(help.exit_code == 0);
  for (const auto* command :
       {"serve", "post", "get", "feed", "range", "info", "backup", "restore", "health", "check-config", "version"}) {
    CAPTURE(command);
    REQUIRE(help.out.find(std::string("\n  ") + command + " ") != std::string::npos);
    const auto own = run({command, "--help"});
    REQUIRE(own.exit_code == 0);
    REQUIRE(own.out.find("Usage: laterbase " + std::string(command)) != std::string::npos);
  }
  REQUIRE(run({}).exit_code == 2);
  REQUIRE(run({"version"}).out.starts_with("laterbase "));
}

}  // namespace
}  // namespace laterbase::tests

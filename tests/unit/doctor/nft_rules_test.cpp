#include "doctor/nft_rules.hpp"

#include <gmock/gmock.h>

namespace otatool::doctor {
namespace {

/// The output of nft for a table `inet guard` with these chains and rules.
std::string ruleset(const std::string& objects) {
  return R"({"nftables":[{"metainfo":{}},{"table":{"family":"inet","name":"guard"}},)" + objects +
         "]}";
}

std::string input_chain(const std::string& policy) {
  return R"({"chain":{"family":"inet","table":"guard","name":"input","type":"filter",)"
         R"("hook":"input","prio":0,"policy":")" +
         policy + "\"}}";
}

std::string rule(const std::string& expressions, const std::string& chain = "input") {
  return R"(,{"rule":{"family":"inet","table":"guard","chain":")" + chain + R"(","expr":[)" +
         expressions + "]}}";
}

std::string match(const std::string& left,
                  const std::string& right,
                  const std::string& operation = "==") {
  return R"({"match":{"op":")" + operation + R"(","left":)" + left + R"(,"right":)" + right + "}},";
}

std::string payload(const std::string& protocol, const std::string& field) {
  return R"({"payload":{"protocol":")" + protocol + R"(","field":")" + field + R"("}})";
}

const std::string kState = R"({"ct":{"key":"state"}})";
const std::string kInterface = R"({"meta":{"key":"iifname"}})";
const std::string kAccept = R"({"accept":null})";
const std::string kDrop = R"({"drop":null})";

Packet connection() {
  Packet packet;
  packet.interface = "eth0";
  packet.tcp = true;
  packet.source = "192.0.2.9";
  packet.destination = "192.0.2.7";
  packet.first_port = 32768;
  packet.last_port = 60999;
  return packet;
}

Passage judge(const std::string& objects, const Packet& packet = connection()) {
  const auto rules = NftRules::parse(ruleset(objects));
  return rules ? rules->judge(packet).passage : Passage::Unknown;
}

/// The judgement of a chain that drops everything but what `expressions` accept.
Passage accepted_by(const std::string& matches, const Packet& packet = connection()) {
  return judge(input_chain("drop") + rule(matches + kAccept), packet);
}

TEST(NftRules, ReadOnlyTheOutputOfNft) {
  EXPECT_FALSE(NftRules::parse(""));
  EXPECT_FALSE(NftRules::parse("[]"));
  EXPECT_FALSE(NftRules::parse(R"({"nftables":1})"));
  EXPECT_TRUE(
      NftRules::parse(R"({"nftables":[1,{},{"rule":1},{"chain":[]},{"rule":{"expr":1}}]})"));
}

TEST(NftRules, WithoutChainsAcceptEverything) {
  EXPECT_EQ(NftRules::parse(R"({"nftables":[]})")->judge(connection()).passage, Passage::Accepted);
}

TEST(NftRules, ThePolicyDecidesAtTheEnd) {
  EXPECT_EQ(judge(input_chain("accept")), Passage::Accepted);
  EXPECT_EQ(judge(input_chain("drop")), Passage::Dropped);
  const auto judgement = NftRules::parse(ruleset(input_chain("drop")))->judge(connection());
  EXPECT_EQ(judgement.dropped_by, (NftChain{"inet", "guard", "input"}));
  EXPECT_EQ(judge(input_chain("accept") + rule(R"({"reject":{"type":"tcp reset"}})")),
            Passage::Dropped);
}

TEST(NftRules, ComparePorts) {
  const std::string port = payload("tcp", "dport");
  EXPECT_EQ(accepted_by(match(port, "22")), Passage::Dropped);
  EXPECT_EQ(accepted_by(match(port, R"({"range":[1024,65535]})")), Passage::Accepted);
  EXPECT_EQ(accepted_by(match(port, R"({"range":[40000,50000]})")), Passage::Unknown);
  EXPECT_EQ(accepted_by(match(port, R"({"set":[22,{"range":[30000,61000]}]})")), Passage::Accepted);
  EXPECT_EQ(accepted_by(match(payload("udp", "dport"), R"({"range":[1,65535]})")),
            Passage::Dropped);
  EXPECT_EQ(accepted_by(match(payload("th", "dport"), R"({"range":[1,65535]})")),
            Passage::Accepted);
  EXPECT_EQ(accepted_by(match(payload("tcp", "sport"), "8266")), Passage::Unknown);
}

TEST(NftRules, CompareAddressesAndInterfaces) {
  const std::string source = payload("ip", "saddr");
  EXPECT_EQ(accepted_by(match(source, R"("192.0.2.9")")), Passage::Accepted);
  EXPECT_EQ(accepted_by(match(source, R"({"prefix":{"addr":"192.0.2.0","len":24}})")),
            Passage::Accepted);
  EXPECT_EQ(accepted_by(match(source, R"({"prefix":{"addr":"10.0.0.0","len":8}})")),
            Passage::Dropped);
  EXPECT_EQ(accepted_by(match(source, R"({"range":["192.0.2.1","192.0.2.8"]})")), Passage::Dropped);
  EXPECT_EQ(accepted_by(match(payload("ip6", "saddr"), R"("fe80::1")")), Passage::Dropped);
  Packet anyone = connection();
  anyone.source = "";
  EXPECT_EQ(accepted_by(match(source, R"("192.0.2.9")"), anyone), Passage::Unknown);
  EXPECT_EQ(accepted_by(match(kInterface, R"("eth*")")), Passage::Accepted);
  EXPECT_EQ(accepted_by(match(kInterface, R"("lo")")), Passage::Dropped);
  EXPECT_EQ(accepted_by(match(kInterface, R"("lo")", "!=")), Passage::Accepted);
}

TEST(NftRules, CompareAddressesOfIpv6) {
  Packet packet = connection();
  packet.ipv6 = true;
  packet.source = "fe80::1:2";
  packet.destination = "fe80::7%eth0";
  const std::string source = payload("ip6", "saddr");
  EXPECT_EQ(accepted_by(match(source, R"({"prefix":{"addr":"fe80::","len":10}})"), packet),
            Passage::Accepted);
  EXPECT_EQ(accepted_by(match(source, R"("fe80:0:0:0:0:0:1:2")"), packet), Passage::Accepted);
  EXPECT_EQ(accepted_by(match(source, R"("fe80::1:3")"), packet), Passage::Dropped);
  EXPECT_EQ(accepted_by(match(payload("ip6", "daddr"), R"("fe80::7")"), packet), Passage::Accepted);
  for (const char* bad : {"1:2", "::1::", "1:2:3:4:5:6:7:8:9", "fe80:::1", "::g", "1:"}) {
    EXPECT_EQ(accepted_by(match(source, std::string("\"") + bad + "\""), packet), Passage::Unknown)
        << bad;
  }
}

TEST(NftRules, KnowRepliesFromNewConnections) {
  const std::string established = match(kState, R"(["established","related"])", "in");
  EXPECT_EQ(accepted_by(established), Passage::Dropped);
  Packet reply = connection();
  reply.is_reply = true;
  EXPECT_EQ(accepted_by(established, reply), Passage::Accepted);
}

TEST(NftRules, LookUpNamedSets) {
  const std::string set =
      R"({"set":{"family":"inet","table":"guard","name":"lan","type":"ipv4_addr",)"
      R"("elem":[{"prefix":{"addr":"192.0.2.0","len":24}}]}},)";
  const std::string chain = input_chain("drop");
  const std::string source = payload("ip", "saddr");
  EXPECT_EQ(judge(set + chain + rule(match(source, R"("@lan")") + kAccept)), Passage::Accepted);
  EXPECT_EQ(judge(set + chain + rule(match(source, R"("@other")") + kAccept)), Passage::Unknown);
}

TEST(NftRules, FollowJumpsReturnsAndMaps) {
  const std::string sub = R"({"chain":{"family":"inet","table":"guard","name":"sub"}},)";
  const std::string jump = rule(R"({"jump":{"target":"sub"}})");
  const std::string go = rule(R"({"goto":{"target":"sub"}})");
  EXPECT_EQ(judge(sub + input_chain("drop") + jump + rule(kAccept, "sub")), Passage::Accepted);
  EXPECT_EQ(judge(sub + input_chain("drop") + jump + rule(kAccept)), Passage::Accepted);
  EXPECT_EQ(judge(sub + input_chain("drop") + go + rule(kAccept)), Passage::Dropped);
  EXPECT_EQ(judge(sub + input_chain("drop") + jump + rule(R"({"return":null})", "sub") +
                  rule(kDrop, "sub") + rule(kAccept)),
            Passage::Accepted);
  const std::string map = R"({"vmap":{"key":)" + kState +
                          R"(,"data":{"set":[["invalid",{"drop":null}],)"
                          R"(["new",{"jump":{"target":"sub"}}]]}}})";
  EXPECT_EQ(judge(sub + input_chain("drop") + rule(map) + rule(kAccept, "sub")), Passage::Accepted);
  // nft refuses a loop; here it is only not certain.
  EXPECT_EQ(judge(sub + input_chain("drop") + rule(R"({"jump":{"target":"sub"}})", "sub") + jump),
            Passage::Unknown);
}

TEST(NftRules, AreNotCertainAboutWhatTheyDoNotKnow) {
  EXPECT_EQ(accepted_by(R"({"limit":{"rate":5}},)"), Passage::Unknown);
  EXPECT_EQ(accepted_by(R"({"counter":{"packets":0}},)"), Passage::Accepted);
  EXPECT_EQ(accepted_by(R"({"xt":null},)"), Passage::Unknown);
  EXPECT_EQ(judge(input_chain("accept") + rule(R"({"xt":null})")), Passage::Unknown);
  EXPECT_EQ(judge(input_chain("accept") + rule(R"({"invented":null})")), Passage::Unknown);
  EXPECT_EQ(accepted_by(match(R"({"fib":{}})", "1")), Passage::Unknown);
  // A later rule that drops anyway makes it certain.
  EXPECT_EQ(judge(input_chain("accept") + rule(R"({"limit":{}},)" + kDrop) + rule(kDrop)),
            Passage::Dropped);
}

TEST(NftRules, EveryChainMustAccept) {
  const std::string early =
      R"(,{"chain":{"family":"ip","table":"guard","name":"early","type":"filter",)"
      R"("hook":"prerouting","prio":-300,"policy":"drop"}})";
  EXPECT_EQ(judge(input_chain("accept") + early), Passage::Dropped);
  Packet ipv6 = connection();
  ipv6.ipv6 = true;
  EXPECT_EQ(judge(input_chain("accept") + early, ipv6), Passage::Accepted);
}

}  // namespace
}  // namespace otatool::doctor

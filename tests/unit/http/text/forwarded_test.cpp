#include "http/text/forwarded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otatool::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> chain(std::vector<HeaderField> fields) {
  return forwarded_chain(fields);
}

TEST(Forwarded, BothFormsGiveTheChain) {
  EXPECT_THAT(chain({}), IsEmpty());
  EXPECT_THAT(chain({{"x-forwarded-for", "192.0.2.1"}}), ElementsAre("192.0.2.1"));
  EXPECT_THAT(chain({{"X-Forwarded-For", "192.0.2.1:80 ,  2001:db8::1,[2001:db8::2]:443"}}),
              ElementsAre("192.0.2.1", "2001:db8::1", "2001:db8::2"));
  EXPECT_THAT(chain({{"Forwarded", "For=192.0.2.1; proto=http;by=203.0.113.43"}}),
              ElementsAre("192.0.2.1"));
  EXPECT_THAT(chain({{"Forwarded", R"(for="[2001:db8:cafe::17]:4711", for=192.0.2.7)"}}),
              ElementsAre("2001:db8:cafe::17", "192.0.2.7"));
  EXPECT_THAT(chain({{"Forwarded", R"(by="a,b;for=1.2.3.4";for=unknown)"}}),
              ElementsAre("unknown"));
}

TEST(Forwarded, SeveralFieldsAreOneList) {
  EXPECT_THAT(chain({{"X-Forwarded-For", "10.0.0.1"}, {"X-Forwarded-For", "10.0.0.2, 10.0.0.3"}}),
              ElementsAre("10.0.0.1", "10.0.0.2", "10.0.0.3"));
}

TEST(Forwarded, AnElementWithoutAnAddressKeepsItsPlace) {
  EXPECT_THAT(chain({{"Forwarded", "for=10.0.0.1, proto=https"}}), ElementsAre("10.0.0.1", ""));
  EXPECT_THAT(chain({{"X-Forwarded-For", "10.0.0.1,,x"}}), ElementsAre("10.0.0.1", "", "x"));
  EXPECT_THAT(chain({{"Forwarded", "for=\"unclosed, for=10.0.0.1"}}),
              ElementsAre("\"unclosed, for=10.0.0.1"));
}

TEST(Forwarded, ChainsThatContradictEachOtherAreNotBelieved) {
  const HeaderField standard{"Forwarded", "for=10.0.0.1"};
  EXPECT_THAT(chain({standard, {"X-Forwarded-For", "10.0.0.1"}}), ElementsAre("10.0.0.1"));
  EXPECT_THAT(chain({standard, {"X-Forwarded-For", "10.0.0.2"}}), IsEmpty());
}

}  // namespace
}  // namespace otatool::http

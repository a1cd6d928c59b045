#include "firmware/examples/hello/handbook.hpp"

namespace otatool::hello {

const char* const kHandbook[] = {
    "An update over the air begins with an invitation: one datagram to port 8266 of the device.",
    "The invitation names the command, the port at which the sender listens, the size and the MD5.",
    "Command 0 carries a sketch, command 100 a filesystem image.",
    "A device with a password answers with a challenge: the word AUTH and a nonce.",
    "The response is a digest over the password's digest, the nonce and a nonce of the sender's "
    "own.",
    "The device compares the response and answers OK, or Authentication Failed.",
    "After OK the device connects back to the sender by TCP; a firewall there must let it in.",
    "The image follows as a stream of bytes; the device acknowledges with decimal numbers.",
    "The numbers say how many bytes were written, but they may be glued together or split.",
    "At the end the device verifies the digest and sends OK, or a line that begins with ERROR.",
    "The image is staged in the upper part of the flash, below the filesystem.",
    "Staging needs room: the present sketch and the new one must both fit below the filesystem.",
    "At the next start the loader at flash address 0 copies the staged image over the old one.",
    "The copy goes by sectors of 4096 bytes: erase, write, and on to the next.",
    "Flash bits can be cleared one by one but set only by the sector.",
    "An image begins with the byte E9 and the number of its segments.",
    "Each segment has an address and a length; the loader puts it where the address says.",
    "A segment in the flash window, above 40200000, stays where it is and is read through the "
    "cache.",
    "Instruction memory starts at 40100000 and takes whole words only, in reading and in writing.",
    "Data memory starts at 3FFE8000 and takes bytes as well.",
    "The last byte of an image is the exclusive or of all segment bytes, begun with EF.",
    "A package in gzip form saves time on the air and room in the staging area.",
    "A package must end with its own trailer: what follows would be taken for the size.",
    "A signed image carries a signature and its length at the end.",
    "The device knows the public key; the private key never leaves the one who signs.",
    "A signature says who made the image, not that it is newer than the one before.",
    "Keep a way back: a device that cannot be reached any more needs a cable.",
    "Announce the device by multicast DNS as a service of type _arduino._tcp.",
    "The service's texts name the board and whether a password is wanted.",
    "Power may fail at any moment; a good loader can resume the copy.",
    nullptr,
};

}  // namespace otatool::hello

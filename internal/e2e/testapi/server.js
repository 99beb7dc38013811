// Starts telegram-test-api on the port given and says so on standard output.
const TelegramServer = require('telegram-test-api');

const server = new TelegramServer({ port: Number(process.argv[2]), host: '127.0.0.1', storeTimeout: 300 });
server.start().then(() => console.log('ready'));
process.stdin.on('end', () => process.exit(0)); // our parent is gone
process.stdin.resume();

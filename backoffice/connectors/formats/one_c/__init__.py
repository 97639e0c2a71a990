"""1CClientBankExchange, the text by which banks and accounting programs in Russia exchange payments."""

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

const DESCRIPTION =
  'Accepts generations, keeps them in a durable queue, lets workers pull them, and brings the answers back. Errors are RFC 9457 problem details with an `error` object inside.';

/** Serves the OpenAPI 3.1 document at /docs/json and its page at /docs, made from the schemas that validate. */
export function serveDocs(app: NestFastifyApplication, version: string): void {
  const outline = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Sluice')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .addSecurity('apiKey', { type: 'apiKey', in: 'header', name: 'X-API-Key' })
    .build();
  const document = SwaggerModule.createDocument(app, outline, {
    standardSchemaConverter: (schema, { schemaType }) => {
      if (!(schema instanceof z.ZodType)) return undefined;
      const { $schema: _, ...converted } = z.toJSONSchema(schema, { io: schemaType, unrepresentable: 'any' });
      return { schema: converted };
    },
  });
  SwaggerModule.setup('docs', app, document, {
    customSiteTitle: 'Sluice API',
    jsonDocumentUrl: 'docs/json',
    yamlDocumentUrl: 'docs/yaml',
  });
}
